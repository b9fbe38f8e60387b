/*
 * labels.mjs -- names of areas, as text above the map.
 *
 * HTML needs no glyph files, follows the page's fonts and stays sharp. Names
 * are ornament: the table and the reading panel say the same to a screen
 * reader, so the layer is hidden from it.
 */
import { centre } from './place.mjs';
import { el } from './dom.mjs';

const LADS_FROM = 8.2; /* zoom from which districts are named, not forces */
const PAD = 6; /* pixels between two names */

function anchors(collection, kind) {
  return collection.features.map((f) => ({ ...centre(f.geometry), kind,
    name: f.properties.name }))
    .sort((a, b) => b.area - a.area);
}

/* Does a box meet one that is already taken? */
function meets(box, taken) {
  return taken.some((t) => box.x0 < t.x1 && t.x0 < box.x1 &&
    box.y0 < t.y1 && t.y0 < box.y1);
}

/*
 * makeLabels: names over a map, largest areas first, none upon another.
 * Returns { set(kind, collection) }, kind being "force" or "lad".
 */
export function makeLabels(map) {
  const layer = el('div', { class: 'labels', 'aria-hidden': 'true' });
  const known = { force: [], lad: [] };
  let shown = [];

  function move() {
    for (const { node, at } of shown) {
      const p = map.project(at);
      node.style.transform =
        `translate(${p.x}px, ${p.y}px) translate(-50%, -50%)`;
    }
  }

  function choose() {
    const kind = map.getZoom() >= LADS_FROM ? 'lad' : 'force';
    const { clientWidth: w, clientHeight: h } = map.getContainer();
    const per = kind === 'lad' ? 6.2 : 7;
    const taken = [];

    shown = [];
    for (const a of known[kind]) {
      const p = map.project(a.at);
      const half = a.name.length * per / 2 + PAD;
      const box = { x0: p.x - half, x1: p.x + half,
        y0: p.y - 9 - PAD, y1: p.y + 9 + PAD };

      if (box.x0 < 0 || box.y0 < 0 || box.x1 > w || box.y1 > h ||
          meets(box, taken))
        continue;
      taken.push(box);
      shown.push({ at: a.at,
        node: el('span', { class: `label ${kind}`, text: a.name }) });
    }
    layer.replaceChildren(...shown.map((s) => s.node));
    move();
  }

  map.getCanvasContainer().append(layer);
  map.on('move', move);
  map.on('moveend', choose);
  map.on('resize', choose);
  return {
    set(kind, collection) {
      known[kind] = anchors(collection, kind);
      choose();
    },
  };
}

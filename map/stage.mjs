/*
 * stage.mjs -- the map with its layers, names, tooltip and cross.
 */
import { able, dress, makeMap, setArea, show } from './basemap.mjs';
import { byId } from './dom.mjs';
import { makeLabels } from './labels.mjs';
import * as layers from './layers.mjs';
import { boundsOf, centre } from './place.mjs';
import { camera } from './state.mjs';
import { makeTooltip } from './tooltip.mjs';

/* Resolves when MapLibre has drawn all that it was given. */
function idle(map) {
  return new Promise((resolve) => {
    map.once('idle', resolve);
    map.triggerRepaint();
  });
}

function cameraText(map) {
  const { lng, lat } = map.getCenter();

  return `${map.getZoom().toFixed(2)}/${lat.toFixed(4)}/${lng.toFixed(4)}`;
}

/* Pointer, tap and keys; `the` holds the current view. */
function listen(map, the, tooltip, calls) {
  const canvas = map.getCanvas();
  let under = null;

  function over(code, point) {
    const row = code && the.view?.rowOf.get(code);

    if (under !== code) {
      layers.mark(map, under, 'under', false);
      layers.mark(map, code, 'under', true);
      under = code;
    }
    if (row && code !== the.picked) /* the card says it already */
      tooltip.show(the.view, row, point);
    else
      tooltip.hide();
    return row;
  }
  function middle() {
    return { x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 };
  }
  function focused() {
    return document.activeElement === canvas &&
      canvas.matches(':focus-visible');
  }
  function readCross() {
    const point = middle();

    calls.hovered(over(layers.codeAt(map, [point.x, point.y]), point));
  }

  map.on('mousemove', (e) => over(layers.codeAt(map, e.point), e.point));
  map.on('mouseout', () => over(null));
  map.on('click', (e) => {
    calls.pick(layers.codeAt(map, e.point));
    tooltip.hide();
  });
  map.on('moveend', () => focused() && readCross());
  canvas.addEventListener('focus', () => focused() && readCross());
  canvas.addEventListener('blur', () => over(null));
  canvas.addEventListener('keydown', (e) => {
    const point = middle();

    if (e.key === 'Enter')
      calls.pick(layers.codeAt(map, [point.x, point.y]));
  });
}

/*
 * makeStage: calls = { dark, pick(code), moved(at), hovered(row) }.
 * Throws where the browser has no WebGL 2.
 */
export async function makeStage(calls) {
  if (!able())
    throw new Error('no WebGL 2');
  const the = { view: null, dark: calls.dark, release: null, shapes: null,
    picked: null };
  const map = await makeMap(byId('map'), the.dark);
  const labels = makeLabels(map);
  const tooltip = makeTooltip(byId('tooltip'));
  layers.addLayers(map, the.dark);
  listen(map, the, tooltip, calls);
  map.on('moveend', (e) => { /* a person's move, not one of ours */
    if (e.originalEvent instanceof Event)
      calls.moved(cameraText(map));
  });

  function whole(options) {
    const box = boundsOf(the.view.shapes.features);

    calls.moved(undefined);
    if (box)
      show(map, box, options);
  }

  function setGround({ forces, lads, borders }) {
    setArea(map, 'lads', lads);
    setArea(map, 'borders', borders);
    labels.set('force', forces);
    labels.set('lad', lads);
  }

  function setRelease(view, state) {
    const from = camera(state.at);

    if (the.release === null)
      setGround(view.ground);
    the.release = view.release.id;
    map.resize();
    if (!from)
      return whole({ duration: 0 });
    return map.jumpTo({ center: [from.lon, from.lat], zoom: from.zoom });
  }

  return {
    async draw(view, state) {
      if (byId('stage').hidden)
        return; /* drawn when it is shown: it has no size now */
      the.view = view;
      tooltip.hide();
      if (the.shapes !== view.shapes)
        layers.setShapes(map, view.shapes);
      the.shapes = view.shapes;
      if (the.release !== view.release.id)
        setRelease(view, state);
      layers.paint(map, view.byCode, view.bounds.length + 1, the.dark);
      layers.setSilent(map, view.gaps);
      await idle(map);
    },
    pick(code) {
      layers.mark(map, the.picked, 'picked', false);
      layers.mark(map, code, 'picked', true);
      the.picked = code;
    },
    look(code) {
      const shape = the.view.shapes.features.find((f) =>
        f.properties.code === code);
      const at = shape && centre(shape.geometry).at;

      if (at)
        map.easeTo({ center: at, zoom: Math.max(map.getZoom(), 11) });
    },
    dress(dark) {
      the.dark = dark;
      dress(map, dark);
      layers.dressCells(map, dark);
      if (the.view)
        layers.paint(map, the.view.byCode, the.view.bounds.length + 1, dark);
    },
    resize: () => map.resize(),
    whole: () => whole(),
  };
}

/*
 * layers.mjs -- the cells of a release and the areas of those who are silent.
 *
 * Shapes are handed to MapLibre once per release. What changes from month to
 * month is a class per cell, set as feature state: no shape is cut again.
 */
import { bytes, ramp, surfaces } from './colour.mjs';
import { MISSING, NOISY } from './classes.mjs';

const CLEAR = 'rgba(0,0,0,0)';
const BELOW = 'lad-lines'; /* cells lie on the land, under the outlines */
const NEVER = ['boolean', false];
const CLASS = ['feature-state', 'class'];

/* An image of size x size pixels; `ink(x, y)` is its opacity in [0, 1]. */
function stamp(size, colour, ink) {
  const data = new Uint8Array(size * size * 4);
  const rgb = bytes(colour);

  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size; x += 1)
      data.set([...rgb, Math.round(255 * ink(x, y))], 4 * (y * size + x));
  return { width: size, height: size, data };
}

/* Diagonal stripes, one per `size` pixels, soft on both sides. */
function hatch(size, colour) {
  return stamp(size, colour, (x, y) => {
    const off = Math.abs(((x + y) % size) - size / 2);

    return Math.min(1, Math.max(0, 2 - off)) * 0.85;
  });
}

/* One round dot in the middle of eight pixels. */
function dots(colour) {
  return stamp(8, colour, (x, y) =>
    Math.min(1, Math.max(0, 1.9 - Math.hypot(x - 3.5, y - 3.5))));
}

function setImages(map, dark) {
  const c = surfaces(dark);

  for (const [name, image] of [['hatch', hatch(12, c.hatch)],
    ['hatch-part', hatch(28, c.hatch)], ['dots', dots(c.dot)]]) {
    if (map.hasImage(name))
      map.updateImage(name, image);
    else
      map.addImage(name, image, { pixelRatio: 2 });
  }
}

/* The fill of a cell from its class; no class yet: nothing. */
function fillColour(classes, dark) {
  const colours = ramp(classes, dark);

  return ['match', ['coalesce', CLASS, MISSING],
    NOISY, surfaces(dark).noisy,
    ...colours.flatMap((colour, k) => [k, colour]), CLEAR];
}

/* addLayers: once, after the style stands; shows nothing yet. */
export function addLayers(map, dark) {
  const c = surfaces(dark);
  const picked = ['boolean', ['feature-state', 'picked'], false];
  const under = ['boolean', ['feature-state', 'under'], false];

  setImages(map, dark);
  map.addLayer({ id: 'cells', type: 'fill', source: 'cells',
    paint: { 'fill-color': CLEAR, 'fill-antialias': false } }, BELOW);
  map.addLayer({ id: 'cell-dots', type: 'fill', source: 'cells',
    paint: { 'fill-pattern': 'dots', 'fill-opacity':
      ['case', ['==', ['coalesce', CLASS, MISSING], NOISY], 1, 0] } }, BELOW);
  map.addLayer({ id: 'cell-lines', type: 'line', source: 'cells',
    paint: { 'line-color': c.halo, 'line-width': 0.6, 'line-opacity':
      ['interpolate', ['linear'], ['zoom'], 8, 0, 11, 0.55] } }, BELOW);
  for (const [id, pattern] of [['silent', 'hatch'],
    ['silent-part', 'hatch-part']])
    map.addLayer({ id, type: 'fill', source: 'lads', filter: NEVER,
      paint: { 'fill-pattern': pattern } });
  map.addLayer({ id: 'silent-lines', type: 'line', source: 'borders',
    filter: NEVER, layout: { 'line-cap': 'round' },
    paint: { 'line-color': c.hatch, 'line-width': 1.6 } });
  for (const [id, colour, wide] of [['mark-halo', c.halo, 5],
    ['mark', c.pick, 2.5]])
    map.addLayer({ id, type: 'line', source: 'cells',
      layout: { 'line-join': 'round' },
      paint: { 'line-color': colour, 'line-width':
        ['case', picked, wide, under, wide * 0.6, 0] } });
}

/* setShapes: the polygons of a release; classes and marks are forgotten. */
export function setShapes(map, collection) {
  map.removeFeatureState({ source: 'cells' });
  map.getSource('cells').setData(collection);
}

/* paint: classes by code (Map), of which there are `classes`. */
export function paint(map, byCode, classes, dark) {
  for (const [code, k] of byCode)
    map.setFeatureState({ source: 'cells', id: code }, { class: k });
  map.setPaintProperty('cells', 'fill-color', fillColour(classes, dark));
}

/*
 * setSilent: hatch the areas of `gaps` (agencies.mjs): densely where nobody
 * answered, sparsely where another agency did and the colours hold in part.
 */
export function setSilent(map, gaps) {
  const within = (key, codes) => ['in', ['get', key], ['literal', codes]];
  const all = [...gaps.keys()];
  const none = all.filter((code) => gaps.get(code).all);

  map.setFilter('silent', within('force', none));
  map.setFilter('silent-part',
    within('force', all.filter((code) => !none.includes(code))));
  map.setFilter('silent-lines',
    ['any', within('one', all), within('other', all)]);
}

/* mark: raise or drop one flag, "under" (the pointer) or "picked". */
export function mark(map, code, flag, on) {
  if (code)
    map.setFeatureState({ source: 'cells', id: code }, { [flag]: on });
}

/* codeAt: the cell at a point of the canvas, or null. */
export function codeAt(map, point) {
  const [hit] = map.queryRenderedFeatures(point, { layers: ['cells'] });

  return hit ? hit.properties.code : null;
}

/* dressCells: patterns and lines for light or dark surroundings. */
export function dressCells(map, dark) {
  const c = surfaces(dark);

  setImages(map, dark);
  map.setPaintProperty('cell-lines', 'line-color', c.halo);
  map.setPaintProperty('silent-lines', 'line-color', c.hatch);
  map.setPaintProperty('mark-halo', 'line-color', c.halo);
  map.setPaintProperty('mark', 'line-color', c.pick);
}

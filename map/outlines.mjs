/*
 * outlines.mjs -- land, districts and force areas, worked out once.
 *
 * The outlines of force areas are rough. Every force area is a set of whole
 * districts, and those are drawn finely; so each district is given to the
 * force that holds its centre, and the borders of forces are those edges of
 * districts that have another force, or the sea, on their other side.
 */
import * as api from './api.mjs';
import { areaOf, polygons } from './place.mjs';

/* One key for an edge, whichever way it runs. */
function edgeKey([ax, ay], [bx, by]) {
  return ax < bx || (ax === bx && ay < by) ? `${ax},${ay},${bx},${by}` :
    `${bx},${by},${ax},${ay}`;
}

/* Every edge, with the code of the force on each side it is seen from. */
function edges(features) {
  const found = new Map();

  for (const f of features)
    for (const ring of polygons(f.geometry).flat())
      for (let i = 0; i + 1 < ring.length; i += 1) {
        const key = edgeKey(ring[i], ring[i + 1]);
        const edge = found.get(key);

        if (edge)
          edge.other = f.properties.force;
        else
          found.set(key, { a: ring[i], b: ring[i + 1],
            one: f.properties.force, other: '' });
      }
  return found.values();
}

/*
 * borders: one feature per pair of neighbours, { one, other }, "" being the
 * sea; its geometry the edges between them.
 */
export function borders(features) {
  const pairs = new Map();

  for (const { a, b, one, other } of edges(features)) {
    if (one === other)
      continue;
    const key = [one, other].sort().join(' ');
    const pair = pairs.get(key) || { one, other, lines: [] };

    pair.lines.push([a, b]);
    pairs.set(key, pair);
  }
  return { type: 'FeatureCollection', features:
    [...pairs.values()].map(({ one, other, lines }) => ({ type: 'Feature',
      properties: { one, other },
      geometry: { type: 'MultiLineString', coordinates: lines } })) };
}

async function work() {
  const [forces, lads] = await Promise.all([api.areas('forces'),
    api.areas('lads')]);
  const holder = areaOf(lads.features, forces.features);

  for (const f of lads.features)
    f.properties.force = holder.get(f.properties.code)?.code || '';
  return { forces, lads, borders: borders(lads.features),
    forceName: new Map(forces.features.map((f) =>
      [f.properties.code, f.properties.name])) };
}

let answer = null;

/* outlines: { forces, lads (with `force`), borders, forceName }. */
export function outlines() {
  if (!answer) {
    answer = work();
    answer.catch(() => (answer = null));
  }
  return answer;
}

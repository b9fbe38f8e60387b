/*
 * view.mjs -- everything that one view of a release shows, worked out once.
 */
import * as api from './api.mjs';
import { gaps, uncovered } from './agencies.mjs';
import { boundsOf, classOf, MISSING, OUTSIDE, sample } from './classes.mjs';
import { outlines } from './outlines.mjs';
import { areaOf } from './place.mjs';
import { placeName } from './words.mjs';

const held = new Map(); /* release id, level -> force code by cell code */
const NOUNS = { lsoa11: 'neighbourhood', msoa11: 'area', lad: 'district',
  force: 'force area' };

/* Which force each cell of a level lies in, by way of its district. */
function forcesOf({ release, level }, shapes, lads) {
  const key = `${release}/${level}`;

  if (level === 'force')
    return new Map(shapes.features.map((f) => Array(2).fill(f.id)));
  if (!held.has(key))
    held.set(key, new Map([...areaOf(shapes.features, lads.features)]
      .map(([code, lad]) => [code, lad.force])));
  return held.get(key);
}

/* The slices that one is played with: months, or running totals. */
function alike(release, slice) {
  const { slices, sums = [] } = release.months;

  return slices.includes(slice) ? slices : sums;
}

/* Class bounds over all months, so that they stay put while months play. */
async function bounds(state, release, halfWidth) {
  const parts = await Promise.all(sample(alike(release, state.slice))
    .map((slice) => api.cells({ ...state, slice })));

  return boundsOf(parts.flatMap((p) => p.cells), halfWidth);
}

/*
 * load: the view of a settled state (state.mjs). Returns
 *   release, state, shapes           as served
 *   ground     land and borders (outlines.mjs)
 *   cells      the answer, with not_placed
 *   rows       cells with `class`, and `gap` (agencies.mjs) where an agency is
 *              missing there
 *   byCode, rowOf                    code -> class, code -> row
 *   bounds, widths { least, most }, gaps, noun
 */
export async function load(state) {
  const release = await api.release(state.release);
  const [ground, shapes, cells] = await Promise.all([outlines(),
    api.shapes({ ...state, ...firstOf(release) }), api.cells(state)]);
  const widths = cells.half_width_95;
  const marks = await bounds(state, release, widths.most);
  const holes = gaps(release, state.source);
  const forceOf = forcesOf(state, shapes, ground.lads);
  const rows = cells.cells.map((cell) => {
    const force = forceOf.get(cell.code);
    const gap = holes.get(force);
    /* a square that lies in no district lies at sea */
    const out = force === undefined ? release.geography.kind === 'grid' :
      uncovered(release, state.source, force);

    return { ...cell, name: placeName(cell), gap,
      class: out ? OUTSIDE : gap?.all ? MISSING : classOf(cell, marks) };
  });

  return { release, state, ground, shapes, cells, rows, widths,
    bounds: marks, gaps: holes,
    noun: NOUNS[state.level] || 'square',
    byCode: new Map(rows.map((r) => [r.code, r.class])),
    rowOf: new Map(rows.map((r) => [r.code, r])) };
}

/* The one view whose answer the shapes are taken from. */
function firstOf(release) {
  return { theme: release.themes[0].key, slice: release.months.slices[0],
    source: release.sources[0].key };
}

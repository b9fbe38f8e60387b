/*
 * classes.mjs -- from a noisy number to what may be said of it.
 *
 * A colour is a statement about the number shown. It is made only where the
 * 95 % interval of the unbiased estimate supports it; everywhere else the map
 * says that it cannot say. The idea is that of
 * value-suppressing palettes (Correll, Moritz, Heer, "Value-Suppressing
 * Uncertainty Palettes", CHI 2018), with one step instead of several.
 */

export const NOISY = -1; /* the interval includes zero, or spans too much */
export const MISSING = -2; /* nobody who covers the place answered */
export const OUTSIDE = -3; /* nobody who was asked covers the place */
export const SPAN_MAX = 3; /* classes that an interval may touch */

/*
 * Where the bounds are looked for: fewer places in each further class, since
 * concentrations are what the map is for.
 */
const QUANTILES = [0.25, 0.5, 0.75, 0.9, 0.97];

const TOP_SHARE = 0.005; /* of the readable cells, in the highest class */

/* How many of the sorted values reach a bound. */
function atLeast(sorted, bound) {
  const i = sorted.findIndex((v) => v >= bound);

  return i === -1 ? 0 : sorted.length - i;
}

/* nice: the nearest number that has a short name at this precision. */
function nice(x, step) {
  return Math.round(x / step) * step;
}

/* stepFor: 1, 2, 5, 10, 20 ...: about a third of the width of an interval. */
export function stepFor(halfWidth) {
  const rough = Math.max(1, halfWidth / 3);
  const ten = 10 ** Math.floor(Math.log10(rough));

  return [1, 2, 5, 10].map((m) => m * ten)
    .reduce((a, b) => (Math.abs(b - rough) < Math.abs(a - rough) ? b : a));
}

/*
 * boundsOf: the lower bounds of the second, third ... class, ascending.
 *
 * rows       cells of all slices to be compared, { display, low, high }.
 * halfWidth  of their intervals. Bounds stand at least so far apart: a finer
 *            class would be finer than what is known.
 */
export function boundsOf(rows, halfWidth) {
  const values = rows.filter((r) => r.low > 0).map((r) => r.display)
    .sort((a, b) => a - b);
  const step = stepFor(halfWidth);
  const apart = Math.max(1, halfWidth);
  const bounds = [];

  for (const q of QUANTILES) {
    if (values.length === 0)
      break;
    const least = (bounds.at(-1) ?? values[0]) + apart;
    const at = values[Math.floor(q * (values.length - 1))];
    const bound = Math.max(nice(at, step), Math.ceil(least / step) * step);

    if (atLeast(values, bound) >= Math.max(1, values.length * TOP_SHARE))
      bounds.push(bound);
  }
  return bounds;
}

/* classAt: the index of the class that holds a value, 0 .. bounds.length. */
export function classAt(value, bounds) {
  let k = 0;

  while (k < bounds.length && value >= bounds[k])
    k += 1;
  return k;
}

/* classOf: a class index, or NOISY. */
export function classOf(row, bounds) {
  if (row.low <= 0)
    return NOISY;
  const touched = classAt(row.high, bounds) - classAt(row.low, bounds) + 1;

  return touched > SPAN_MAX ? NOISY : classAt(row.display, bounds);
}

/*
 * sample: at most n of the slices, evenly spread, ends included. Bounds are
 * taken over these, so that they stay put while the months play.
 */
export function sample(slices, n = 12) {
  if (slices.length <= n)
    return slices;
  return Array.from({ length: n }, (_, i) =>
    slices[Math.round(i * (slices.length - 1) / (n - 1))]);
}

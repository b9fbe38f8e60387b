/*
 * legend.mjs -- what the colours say, with bounds, counts and the interval.
 */
import { el, fill } from './dom.mjs';
import { ramp } from './colour.mjs';
import { MISSING, NOISY, OUTSIDE } from './classes.mjs';
import { number, plusMinus } from './words.mjs';

/*
 * className: "31 to 60", "fewer than 30", "120 or more", or what else may be
 * said of a cell. Counts are whole, so a class ends one below the next bound.
 */
export function className(k, bounds) {
  if (k === NOISY)
    return 'Too noisy to say';
  if (k === MISSING)
    return 'No answer';
  if (k === OUTSIDE)
    return 'Nobody asked has records';
  if (bounds.length === 0)
    return 'Above zero';
  if (k === 0)
    return `Fewer than ${number(bounds[0])}`;
  if (k === bounds.length)
    return `${number(bounds[k - 1])} or more`;
  return `${number(bounds[k - 1])} to ${number(bounds[k] - 1)}`;
}

function row(swatch, text, n) {
  return el('li', {}, swatch, el('span', { class: 'name', text }),
    el('span', { class: 'n', text: n === null ? '' : number(n) }));
}

function swatch(kind, colour) {
  const node = el('span', { class: `swatch ${kind}`, 'aria-hidden': 'true' });

  if (colour)
    node.style.backgroundColor = colour;
  return node;
}

/* How many cells are in each class. */
export function tally(byCode) {
  const tallies = new Map();

  for (const k of byCode.values())
    tallies.set(k, (tallies.get(k) || 0) + 1);
  return tallies;
}

/*
 * drawLegend: of a view (view.mjs), for light or dark surroundings.
 */
export function drawLegend(node, view, dark) {
  const classes = view.bounds.length + 1;
  const colours = ramp(classes, dark);
  const n = tally(view.byCode);
  const gaps = [...view.gaps.values()];
  const rows = colours.map((colour, k) => row(swatch('class', colour),
    className(k, view.bounds), n.get(k) || 0)).reverse();

  rows.push(row(swatch('noisy'), className(NOISY), n.get(NOISY) || 0));
  if (n.has(OUTSIDE))
    rows.push(row(swatch('outside'), className(OUTSIDE), n.get(OUTSIDE)));
  if (gaps.some((gap) => gap.all))
    rows.push(row(swatch('silent'), className(MISSING), n.get(MISSING) || 0));
  if (gaps.some((gap) => !gap.all))
    rows.push(row(swatch('silent part'), 'One agency of several missing',
      null));
  fill(node,
    el('p', { class: 'heads' }, el('span', { text: 'Number' }),
      el('span', { text: `${view.noun}s` })),
    el('ul', { class: 'classes' }, rows),
    el('p', { class: 'note' },
      'Colours show whole numbers that add up. Every one stands beside an ' +
      'estimate with an interval of ',
      el('strong', { text: plusMinus(view.widths.least, view.widths.most) }),
      ': in 95 of 100 places what the agencies that answered counted lies ' +
      'within it. A place is \u201ctoo noisy to say\u201d where that interval ' +
      'includes zero or spans more than three classes. It does not mean ' +
      'zero.'));
}

/*
 * about.mjs -- beside the map: who answered, what the noise means, what is
 * not on the map, and the facts of the release.
 */
import { byId, describe, el, fill } from './dom.mjs';
import * as agencies from './agencies.mjs';
import { count, day, decimal, list, number, when } from './words.mjs';
import { labelOf, sourceName } from './reading.mjs';

/* One line per agency that is missing from this source. */
function silentLines(release, source) {
  return agencies.missing(release, source).map((node) => el('li', {},
    el('strong', { text: node.name }), ` ${agencies.stateOf(node)}.`));
}

/* drawBanner: who is missing; what is made up. Hidden when neither. */
export function drawBanner(release, source) {
  const silent = silentLines(release, source);
  const made = agencies.synthetic(release, source);

  byId('silent').hidden = silent.length === 0;
  byId('made-up').hidden = made.length === 0;
  if (silent.length > 0)
    fill(byId('silent'), el('ul', {}, silent), el('p', { text:
      'Areas they cover are hatched; their records are in none of these ' +
      'numbers. Missing does not mean low.' }));
  if (made.length > 0)
    fill(byId('made-up'), el('strong', { text: 'Synthetic: ' }),
      `the hospital attendances of ${list(made.map((n) => n.name))} are ` +
      'made up, not real records.');
}

function agencyLine(node) {
  return el('li', { class: node.state },
    el('span', { class: 'name', text: node.name }),
    node.synthetic && el('span', { class: 'chip', text: 'synthetic' }),
    el('span', { class: 'state', text: agencies.stateOf(node) }));
}

/* drawAgencies: the four states, in words. */
export function drawAgencies(release, source) {
  fill(byId('agencies'), el('ul', {},
    agencies.relevant(release, source).map(agencyLine)));
}

/* A number out of `not_placed`, which is one, or has one under `value`. */
function plain(notPlaced) {
  return typeof notPlaced === 'number' ? notPlaced : notPlaced?.value;
}

/* drawOutside: the total, and what is counted but on no place. */
export function drawOutside(view) {
  const { release, state } = view;
  const total = (release.totals || []).find((t) => t.theme === state.theme &&
    t.slice === state.slice && t.source === state.source);
  const lost = plain(view.cells.not_placed) ?? plain(total?.not_placed);

  fill(byId('outside'), describe([
    ['Total on the map', total ? `${number(total.value)} \u00b1 ` +
      number(total.plus_minus_95) : null],
    ['Counted, but not placed', lost === undefined ? null :
      `${number(lost)} \u00b1 ${number(view.halfWidth)}`],
  ]));
}

/* The exact figures, for those who want them. */
function figures(release) {
  const { noise } = release;
  const rows = [['Noise', noise.law], ['Variance', decimal(noise.variance)],
    ['Standard deviation', decimal(noise.sd)], ['Added to each', noise.per],
    ['Charge', `${decimal(noise.charge_rho)} rho (zCDP)`]];
  const levels = ['90', '95', '99.9'];

  return [describe(rows), el('table', { class: 'small' },
    el('caption', { text: 'Half-width of the interval' }),
    el('thead', {}, el('tr', {}, el('th', { scope: 'col', text: 'Source' }),
      levels.map((l) => el('th', { scope: 'col', text: `${l} %` })))),
    el('tbody', {}, release.sources.map((s) => el('tr', {},
      el('th', { scope: 'row', text: s.label }), levels.map((l) =>
        el('td', { class: 'number', text: `\u00b1 ${s.half_width[l]}` }))))))];
}

/* drawNoise: the release's own plain words first, then the figures. */
export function drawNoise(release) {
  const { words } = release;

  fill(byId('noise'),
    [words.noise, words.unit, words.caveat].filter(Boolean)
      .map((text) => el('p', { text })),
    el('details', {}, el('summary', { text: 'Exact figures' }),
      figures(release)));
}

/* drawFacts: what was asked, by whom, for what. */
export function drawFacts(release) {
  fill(byId('facts'), describe([
    ['Question', release.title], ['Purpose', release.purpose],
    ['Project', release.project], ['Researcher', release.researcher],
    ['Released', day(release.released_at)],
    ['Cells', count(release.cells, 'number')],
    ['Query', el('code', { text: release.id })],
  ]));
}

/* drawTitle: heading and document title of this view. */
export function drawTitle(view) {
  const { release, state } = view;
  const what = labelOf(release.themes, state.theme);

  byId('title').textContent = what;
  byId('subtitle').textContent = `${when(release, state.slice)} \u00b7 ` +
    sourceName(release, state.source);
  byId('demo').hidden = !release.demo;
  document.title = `${what}, ${when(release, state.slice)} - Ward`;
}

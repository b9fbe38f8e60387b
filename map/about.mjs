/*
 * about.mjs -- beside the map: who answered, what the noise means, what is
 * not on the map, and the facts of the release.
 */
import { byId, describe, el, fill } from './dom.mjs';
import * as agencies from './agencies.mjs';
import { count, day, decimal, estimate, list, number, plusMinus, when } from './words.mjs';
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

/* A number with the estimate that it stands for. */
function total({ display, value, plus_minus_95: h }) {
  return [el('strong', { text: number(display) }),
    ` (estimate ${estimate(value)} \u00b1 ${number(Math.ceil(h))})`];
}

/* drawOutside: the total, and what is counted but on no place. */
export function drawOutside(view) {
  const { release, state } = view;
  const found = (release.totals || []).find((t) => t.theme === state.theme &&
    t.slice === state.slice && t.source === state.source);

  fill(byId('outside'), describe([
    ['Total on the map', found && total(found)],
    ['Counted, but not placed', found && total(found.not_placed)],
  ]));
}

/* drawMeaning: what the theme means, in the words of the rules that decided
 * it, and which rules; hidden where a release says nothing of rules. */
export function drawMeaning({ release, state }) {
  const { rules } = release;
  const theme = release.themes.find((t) => t.key === state.theme);

  byId('meant').hidden = !rules;
  if (rules)
    fill(byId('meaning'), theme?.text && el('p', { text: theme.text }),
      rules.name ?
        el('p', { text: `By ${rules.name}, version ${rules.version}.` }) :
        el('p', {}, 'By rules that this server does not have; SHA-256 ',
          el('code', { text: rules.sha256 })));
}

function small(caption, heads, rows) {
  return el('table', { class: 'small' }, el('caption', { text: caption }),
    el('thead', {}, el('tr', {}, heads.map((text) =>
      el('th', { scope: 'col', text })))),
    el('tbody', {}, rows.map(([first, ...more]) => el('tr', {},
      el('th', { scope: 'row', text: first }), more.map((text) =>
        el('td', { class: 'number', text }))))));
}

/* The half widths of one source: each level, single months and sums. */
function widthRows(release, source) {
  return source.half_widths.filter((w, i, all) => i < 2 ||
    i === all.length - 1 || w.level !== all[i - 1].level)
    .map((w) => [`${source.label}, ` +
      `${labelOf(release.geography.levels, w.level)}, ` +
      `${w.slice === 'total' ? 'all months' : when(release, w.slice)}`,
    ...['90', '95'].map((chance) => plusMinus(...w[chance]))]);
}

/* The exact figures, for those who want them. */
function figures(release) {
  const { noise } = release;
  const charge = noise.charge_rho === undefined ?
    `${decimal(noise.charge_epsilon)} epsilon` :
    `${decimal(noise.charge_rho)} rho (zCDP)`;
  const parts = noise.histograms || [];

  return [describe([['Noise', noise.law], ['Variance', decimal(noise.variance)],
    ['Standard deviation', decimal(noise.sd)], ['Added to each', noise.per],
    ['Charge', charge]]),
  parts.length > 1 && small('What was counted', ['Of', 'Themes', 'Months',
    'Deviation'], parts.map((h) => [h.of, h.themes, h.slices,
    decimal(h.sd)])),
  small('Half-width of the intervals', ['Of', '90 %', '95 %'],
    release.sources.flatMap((s) => widthRows(release, s)))];
}

/* drawNoise: the release's own plain words first, then the figures. */
export function drawNoise(release) {
  const { words } = release;

  fill(byId('noise'),
    [words.noise, words.strategy, words.display, words.unit, words.caveat].filter(Boolean)
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
    ['Noisy counts of each agency', number(release.cells)],
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

/*
 * reading.mjs -- one place in plain words: tooltip, card, announcement.
 */
import { el } from './dom.mjs';
import { MISSING, NOISY, OUTSIDE } from './classes.mjs';
import { stateOf, synthetic, whoAnswered } from './agencies.mjs';
import { estimate, list, number, range, when } from './words.mjs';

/* labelOf: "Violence", from its key. */
export function labelOf(choices, key) {
  return choices.find((c) => c.key === key)?.label || key;
}

/* sourceName: as labelOf; "all" alone would not say of what. */
export function sourceName(release, key) {
  return key === 'all' ? 'All sources' : labelOf(release.sources, key);
}

/* said: what the number allows one to say, in one sentence. */
export function said(row) {
  if (row.class === MISSING)
    return 'No answer for this place: the number is noise and little else.';
  if (row.class === OUTSIDE)
    return 'No agency that was asked covers this place: the number is noise ' +
      'and little else.';
  if (row.low <= 0 && row.high <= 0)
    return 'Nothing can be told here but that the count is small.';
  if (row.low <= 0)
    return `Too noisy to say: it may be none, it may be ` +
      `${number(Math.ceil(row.high))}.`;
  if (row.class === NOISY)
    return 'Too noisy to say: the interval spans too many classes.';
  return `Likely between ${number(Math.floor(row.low))} and ` +
    `${number(Math.ceil(row.high))}.`;
}

/* gapsOf: a sentence for each agency missing at this place. */
export function gapsOf(row) {
  return (row.gap?.silent || []).map((node) =>
    `${node.name} ${stateOf(node).split(':')[0]}: its records are not in ` +
    'this number.');
}

/* spoken: one line for the announcer. */
export function spoken(view, row) {
  return [`${row.name}: ${number(row.display)}, estimate ` +
    `${estimate(row.value)}, 95 % interval ${range(row.low, row.high)}.`,
  said(row), ...gapsOf(row)]
    .join(' ');
}

/* reading: the same as nodes, `heading` being the tag of the name. */
export function reading(view, row, heading = 'strong') {
  const { release, state } = view;
  const made = synthetic(release, state.source);

  return [
    el(heading, { class: 'place', text: row.name }),
    el('p', { class: 'what', text: `${labelOf(release.themes, state.theme)}, ` +
      when(release, state.slice) }),
    el('p', { class: 'figure' }, el('span', { class: 'value',
      text: number(row.display) }), el('span', { class: 'interval',
      text: `estimate ${estimate(row.value)}, 95 % interval ` +
        range(row.low, row.high) })),
    el('p', { text: said(row) }),
    ...gapsOf(row).map((text) => el('p', { class: 'gap', text })),
    el('p', { class: 'who', text: whoAnswered(release, state.source) }),
    made.length > 0 && el('p', { class: 'who', text: 'Includes made-up ' +
      `(synthetic) records of ${list(made.map((n) => n.name))}.` }),
  ].filter(Boolean);
}

/*
 * controls.mjs -- release, theme, source, month, and map or table.
 */
import { byId, el, fill } from './dom.mjs';
import { day, when } from './words.mjs';
import { synthetic } from './agencies.mjs';

const STEP_MS = 1400; /* per month while playing */

function options(select, choices, chosen) {
  fill(select, choices.map(({ key, label }) =>
    el('option', { value: key, text: label, selected: key === chosen })));
  select.value = chosen;
}

/* A source's label, marked where all or some of it is made up. */
function sourceChoice(release, source) {
  const made = synthetic(release, source.key);

  if (source.key === 'all' || made.length === 0 ||
      /synthetic/i.test(source.label))
    return source;
  return { key: source.key, label: `${source.label} (synthetic)` };
}

/* A release by its title; by its time too where another has the same. */
function releaseChoice(r, _, all) {
  const alone = all.filter((x) => x.title === r.title).length === 1;

  return { key: r.id, label: r.title + (r.partial ? ' (partial)' : '') +
    (alone ? '' : `, ${day(r.released_at)}`) };
}

/* Where a slice stands: alone, in all months, or in a running total. */
const SPANS = { one: 'One month', all: 'All months',
  running: 'All months up to this one' };

/* The spans that a release offers, and the slices of each. */
function spansOf({ slices, sums = [] }) {
  const spans = { one: slices };

  if (sums.length === 1)
    spans.all = sums;
  else if (sums.length > 1)
    spans.running = sums;
  return spans;
}

/*
 * makeControls: change(part of a state) is called for each choice made.
 * Returns { set(releases, release, state), stop() }.
 */
export function makeControls(change) {
  const slider = byId('month');
  const play = byId('play');
  let spans = { one: [] };
  let span = 'one';
  let timer = 0;

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = 'Play';
    play.setAttribute('aria-label', 'Play the months');
  }

  function step() {
    const slices = spans[span];
    const next = (Number(slider.value) + 1) % slices.length;

    change({ slice: slices[next] });
  }

  function toggle() {
    if (timer)
      return stop();
    timer = setInterval(step, STEP_MS);
    play.textContent = 'Pause';
    play.setAttribute('aria-label', 'Pause the months');
    return step();
  }

  function setMonths(release, state) {
    const words = when(release, state.slice);

    spans = spansOf(release.months);
    span = Object.keys(spans).find((k) => spans[k].includes(state.slice));
    byId('months').hidden = spans.one.length < 2;
    options(byId('span'), Object.keys(spans).map((key) =>
      ({ key, label: SPANS[key] })), span);
    byId('month-row').hidden = span === 'all';
    slider.max = String(spans.one.length - 1);
    if (span !== 'all')
      slider.value = String(spans[span].indexOf(state.slice));
    slider.setAttribute('aria-valuetext', words);
    byId('month-name').textContent = words;
  }

  function setSpan(wanted) {
    const slices = spans[wanted];

    stop();
    change({ slice: slices[Math.min(Number(slider.value),
      slices.length - 1)] });
  }

  byId('release').addEventListener('change', (e) => {
    stop();
    change({ release: e.target.value, at: undefined, place: undefined });
  });
  for (const name of ['theme', 'source'])
    byId(name).addEventListener('change', (e) =>
      change({ [name]: e.target.value }));
  byId('level').addEventListener('change', (e) =>
    change({ level: e.target.value, place: undefined }));
  byId('span').addEventListener('change', (e) => setSpan(e.target.value));
  slider.addEventListener('input', () => {
    stop();
    change({ slice: spans[span][Number(slider.value)] });
  });
  play.addEventListener('click', toggle);
  for (const view of ['map', 'table'])
    byId(`as-${view}`).addEventListener('click', () => change({ view }));

  return {
    stop,
    set(releases, release, state) {
      const { levels } = release.geography;

      options(byId('release'), releases.map(releaseChoice), release.id);
      options(byId('theme'), release.themes, state.theme);
      options(byId('source'), release.sources.map((s) =>
        sourceChoice(release, s)), state.source);
      options(byId('level'), levels, state.level);
      byId('levels').hidden = levels.length < 2;
      setMonths(release, state);
      for (const view of ['map', 'table'])
        byId(`as-${view}`).setAttribute('aria-pressed',
          String(view === state.view));
    },
  };
}

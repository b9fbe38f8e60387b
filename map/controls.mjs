/*
 * controls.mjs -- release, theme, source, month, and map or table.
 */
import { byId, el, fill } from './dom.mjs';
import { day, month } from './words.mjs';
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

/*
 * makeControls: change(part of a state) is called for each choice made.
 * Returns { set(releases, release, state), stop() }.
 */
export function makeControls(change) {
  const slider = byId('month');
  const play = byId('play');
  let slices = [];
  let timer = 0;

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = 'Play';
    play.setAttribute('aria-label', 'Play the months');
  }

  function step() {
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
    slices = release.months.slices;
    byId('months').hidden = slices.length < 2;
    slider.max = String(slices.length - 1);
    slider.value = String(slices.indexOf(state.slice));
    slider.setAttribute('aria-valuetext', month(state.slice));
    byId('month-name').textContent = month(state.slice);
  }

  byId('release').addEventListener('change', (e) => {
    stop();
    change({ release: e.target.value, at: undefined, place: undefined });
  });
  for (const name of ['theme', 'source'])
    byId(name).addEventListener('change', (e) =>
      change({ [name]: e.target.value }));
  slider.addEventListener('input', () => {
    stop();
    change({ slice: slices[Number(slider.value)] });
  });
  play.addEventListener('click', toggle);
  for (const view of ['map', 'table'])
    byId(`as-${view}`).addEventListener('click', () => change({ view }));

  return {
    stop,
    set(releases, release, state) {
      options(byId('release'), releases.map(releaseChoice), release.id);
      options(byId('theme'), release.themes, state.theme);
      options(byId('source'), release.sources.map((s) =>
        sourceChoice(release, s)), state.source);
      setMonths(release, state);
      for (const view of ['map', 'table'])
        byId(`as-${view}`).setAttribute('aria-pressed',
          String(view === state.view));
    },
  };
}

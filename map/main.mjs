/*
 * main.mjs -- the page: one state, one view of it, redrawn on each choice.
 */
import * as api from './api.mjs';
import { drawAgencies, drawBanner, drawFacts, drawMeaning, drawNoise,
  drawOutside, drawTitle } from './about.mjs';
import { makeControls } from './controls.mjs';
import { byId, fill } from './dom.mjs';
import { drawLegend, tally } from './legend.mjs';
import { labelOf, reading, sourceName, spoken } from './reading.mjs';
import { NOISY } from './classes.mjs';
import { format, parse, settle } from './state.mjs';
import { makeStage } from './stage.mjs';
import { makeTable } from './table.mjs';
import { load } from './view.mjs';
import { hideProblem, noRelease, odd, showProblem } from './problem.mjs';
import { count, number, plusMinus, range, when } from './words.mjs';

const root = document.documentElement;
const night = matchMedia('(prefers-color-scheme: dark)');

let releases = [];
let state = parse(location.hash);
let view = null;
let turn = 0; /* of the latest choice: slower answers of earlier ones drop */
let stage = null; /* null: this browser cannot draw the map */

function announce(text) {
  byId('announce').textContent = text;
}

/* Keep the address in step; only choices, not moves, make a history entry. */
function remember(push) {
  const hash = format(state);

  if (hash !== location.hash)
    history[push ? 'pushState' : 'replaceState'](null, '', hash);
}

function ready(on) {
  if (on)
    root.dataset.ready = '1';
  else
    delete root.dataset.ready;
}

function drawCard() {
  const row = view.rowOf.get(state.place);

  byId('card').hidden = !row;
  fill(byId('card-body'), row ? reading(view, row, 'h2') : []);
  stage?.pick(row ? row.code : null);
}

function drawLegendNow() {
  drawLegend(byId('legend'), view, night.matches);
}

/* ", local authorities", where a release has several levels. */
function levelWords() {
  const { levels } = view.release.geography;

  return levels.length > 1 ? `, ${labelOf(levels, state.level)}` : '';
}

function caption() {
  const { release } = view;

  return `${labelOf(release.themes, state.theme)}, ` +
    `${when(release, state.slice)}, ` +
    `${sourceName(release, state.source)}${levelWords()}: estimates ` +
    plusMinus(view.widths.least, view.widths.most);
}

/* Everything but the map, which follows when it has drawn. */
function drawPanels() {
  const { release } = view;

  drawTitle(view);
  drawBanner(release, state.source);
  drawLegendNow();
  drawOutside(view);
  drawMeaning(view);
  drawNoise(release);
  drawAgencies(release, state.source);
  drawFacts(release);
  table.set({ rows: view.rows, bounds: view.bounds, caption: caption() });
  byId('csv').href = api.cellsUrl(state, 'csv').href;
}

function drawSwitch() {
  byId('stage').hidden = state.view !== 'map' || !stage;
  byId('sheet').hidden = state.view === 'map' && stage !== null;
  byId('fit').hidden = byId('stage').hidden;
  stage?.resize();
}

function sayView() {
  const noisy = tally(view.byCode).get(NOISY) || 0;

  announce(`${caption()}. ${count(view.rows.length, view.noun)}, ` +
    `${number(noisy)} of them too noisy to say.`);
}

/* Load and draw what `state` wants; the last call wins. */
async function refresh() {
  const mine = ++turn;

  ready(false);
  byId('busy').hidden = false;
  try {
    const next = await load(state);

    if (mine !== turn)
      return;
    view = next;
    hideProblem();
    drawPanels();
    drawSwitch();
    await stage?.draw(view, state);
    if (mine !== turn)
      return;
    drawCard();
    sayView();
    ready(true);
  } catch (error) {
    if (mine === turn)
      fail(error);
  } finally {
    if (mine === turn)
      byId('busy').hidden = true;
  }
}

function fail(error) {
  controls.stop();
  showProblem(error);
  announce('');
}

/* A choice by control, table, map or address. */
async function change(part, push = true) {
  const wanted = part.release || state.release;
  const release = releases.find((r) => r.id === wanted) || releases[0];
  const before = state;

  state = settle({ ...state, ...part }, release);
  remember(push);
  controls.set(releases, release, state);
  if (view && before.view !== state.view && state.view === 'table')
    drawSwitch(); /* the table holds this view already */
  else
    await refresh();
}

function pick(code) {
  state.place = code && view?.rowOf.has(code) ? code : undefined;
  remember(false);
  drawCard();
  if (state.place)
    announce(spoken(view, view.rowOf.get(code)));
}

/* From the table: to the map, the camera on the place. */
async function showOnMap(code) {
  if (stage)
    await change({ view: 'map' });
  pick(code);
  stage?.look(code);
}

function moved(at) {
  state.at = at;
  remember(false);
}

function hovered(row) {
  announce(row ? `${row.name}: ${number(row.display)}, ` +
    `${range(row.low, row.high)}` : '');
}

async function start() {
  hideProblem();
  try {
    releases = await api.releases();
    if (releases.length === 0)
      return noRelease();
    const known = releases.some((r) => r.id === state.release);
    odd(state.release && !known ? 'The release in this link is not here. ' +
      'This is the newest one.' : '');
    if (!stage)
      await makeMapOrNot();
    return await change({ release: known ? state.release : releases[0].id },
      false);
  } catch (error) {
    return fail(error);
  }
}

async function makeMapOrNot() {
  try {
    stage = await makeStage({ dark: night.matches, pick, moved, hovered });
  } catch {
    odd('This browser cannot draw the map (WebGL 2 is off or missing). ' +
      'The table holds the same numbers.');
  }
}

const table = makeTable({ head: byId('head'), body: byId('body'),
  caption: byId('caption'), filter: byId('filter'), pages: byId('pages') },
showOnMap);
const controls = makeControls(change);

night.addEventListener('change', () => {
  stage?.dress(night.matches);
  if (view)
    drawLegendNow();
});
addEventListener('popstate', () => {
  state = {};
  if (releases.length > 0)
    change(parse(location.hash), false);
});
byId('again').addEventListener('click', start);
byId('card-close').addEventListener('click', () => pick(null));
byId('fit').addEventListener('click', () => stage?.whole());
byId('print').addEventListener('click', () => print());
byId('link').addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(location.href);
    announce('Link copied.');
    byId('link').textContent = 'Link copied';
  } catch {
    announce('Copy the link from the address bar.');
    byId('link').textContent = 'See address bar';
  }
  setTimeout(() => (byId('link').textContent = 'Copy link'), 2000);
});
addEventListener('keydown', (e) => {
  if (e.key === 'Escape' && state.place)
    pick(null);
});
start();

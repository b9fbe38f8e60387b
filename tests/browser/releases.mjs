/*
 * releases.mjs -- made-up releases in the shape of the coordinator's API.
 *
 * True shapes and names of Wales, random counts from a fixed seed: the same
 * numbers on every run. Nothing here comes from a record.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DATA = fileURLToPath(new URL('../../data/', import.meta.url));
const MONTHS = Array.from({ length: 12 }, (_, i) =>
  `2021-${String(i + 1).padStart(2, '0')}`);
const COVERED = new Set(['W15000002', 'W15000003', 'W15000004']);
const THEMES = [{ key: 'violence', label: 'Violence',
  text: 'Violence as recorded.' },
{ key: 'asb', label: 'Anti-social behaviour',
  text: 'Incidents as the police log them.' }];
const RULES = { name: 'Ward themes', version: '2', sha256: 'ab'.repeat(32) };

/* A small generator (mulberry32): a function that returns numbers in [0, 1). */
function random(seed) {
  let a = seed >>> 0;

  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function normal(next) {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

function seedOf(...words) {
  let h = 2166136261;

  for (const c of words.join('/'))
    h = Math.imul(h ^ c.codePointAt(0), 16777619);
  return h;
}

export function geojson(name) {
  return readFileSync(`${DATA}boundaries/${name}.geojson`);
}

/* The lookup's rows of Wales, by LSOA. */
function lookup() {
  const lines = readFileSync(`${DATA}areas/lsoa11.csv`, 'utf8').split('\n');
  const head = lines[0].split(',');

  return new Map(lines.slice(1).filter((l) => l.startsWith('W')).map((line) => {
    const cell = line.split(',');
    return [cell[0], Object.fromEntries(head.map((h, i) => [h, cell[i]]))];
  }));
}

const KNOWN = lookup();

function feature(code, name, geometry) {
  return { type: 'Feature', id: code, geometry, properties: { code, name } };
}

/* The LSOAs of the three forces, as GeoJSON features. */
function neighbourhoods() {
  const text = execFileSync('zstd', ['-dc', '--long=27',
    `${DATA}boundaries/lsoa11.geojsonl.zst`],
  { maxBuffer: 1 << 28, encoding: 'utf8' });

  return text.split('\n').filter((l) => l.includes('"id":"W01'))
    .map((l) => JSON.parse(l))
    .filter((f) => COVERED.has(KNOWN.get(f.id)?.force))
    .map((f) => feature(f.id, KNOWN.get(f.id).name, f.geometry));
}

/* What an LSOA lies in, by level. */
const HOLDER = { lsoa11: (r) => r.code, msoa11: (r) => r.name.slice(0, -1),
  lad: (r) => r.lad, force: (r) => r.force };

/* The areas of a coarser level, drawn as their LSOAs. */
function areas(level, fine) {
  const found = new Map();

  for (const f of fine) {
    const row = KNOWN.get(f.id), code = HOLDER[level](row);
    const name = { msoa11: code, lad: row.lad_name, force: row.force_name };
    const one = found.get(code) || feature(code, name[level],
      { type: 'MultiPolygon', coordinates: [] });

    one.geometry.coordinates.push(...f.geometry.type === 'Polygon' ?
      [f.geometry.coordinates] : f.geometry.coordinates);
    found.set(code, one);
  }
  return [...found.values()].sort((x, y) => (x.id < y.id ? -1 : 1));
}

/* Squares of about a kilometre around Cardiff. */
function squares() {
  const dx = 0.0144, dy = 0.009, w = -3.36, s = 51.43;

  return Array.from({ length: 18 * 15 }, (_, i) => {
    const x = w + (i % 18) * dx, y = s + Math.floor(i / 18) * dy;
    const code = `E0${305 + (i % 18)}N0${168 + Math.floor(i / 18)}-1000`;

    return { type: 'Feature', id: code, properties: { code, name: code },
      geometry: { type: 'Polygon', coordinates: [[[x, y], [x + dx, y],
        [x + dx, y + dy], [x, y + dy], [x, y]]] } };
  });
}

const CELLS = { lsoa11: neighbourhoods(), 1000: squares() };
for (const level of ['msoa11', 'lad', 'force'])
  CELLS[level] = areas(level, CELLS.lsoa11);
const LABELS = { lsoa11: 'Neighbourhoods (LSOA)',
  msoa11: 'Groups of neighbourhoods (MSOA)', lad: 'Local authorities',
  force: 'Police force areas', 1000: 'Squares of 1 km' };

function node(id, name, sector, covers, more = {}) {
  return { id, name, organisation: name, sector, state: 'answered',
    reason: '', synthetic: false, covers, ...more };
}

function nodes(states = {}) {
  const area = (code, name) => [{ code, name }];
  const list = [
    node('south-wales', 'South Wales Police', 'police',
      area('W15000003', 'South Wales')),
    node('gwent', 'Gwent Police', 'police', area('W15000002', 'Gwent')),
    node('dyfed-powys', 'Dyfed-Powys Police', 'police',
      area('W15000004', 'Dyfed-Powys')),
    node('cardiff-and-vale-uhb', 'Cardiff and Vale UHB', 'nhs',
      area('W15000003', 'South Wales'), { synthetic: true }),
  ];

  return list.map((n) => ({ ...n, ...states[n.id] }));
}

/* Half widths of 90 and 95 % intervals of a source with n answers. */
function widths(n, variance, slice) {
  const sd = Math.sqrt(n * variance * (slice === 'total' ? 12 : 1));
  const wide = (z) => Math.ceil(z * sd);

  return { 90: wide(1.645), 95: wide(1.96) };
}

function source(key, label, all, more) {
  const n = all.filter((x) => x.state === 'answered' &&
    (key === 'all' || x.sector === key)).length;
  const pairs = (w) => ({ 90: [w[90], w[90]], 95: [w[95], w[95] + 1] });

  return { key, label, nodes: n, half_widths: more.levels.flatMap((level) =>
    [more.slices[0], ...more.sums].map((slice) => ({ level, slice,
      ...pairs(widths(n, more.variance, slice)) }))) };
}

function summary(id, title, said) {
  const more = { levels: ['lsoa11'], slices: ['sum'], sums: [], ...said };
  const all = more.nodes || nodes();
  const grid = more.levels[0] === '1000';

  return {
    id: id.repeat(64).slice(0, 64), title, purpose: more.purpose ||
      'Find where violence and anti-social behaviour concentrate',
    project: 'Safer streets', researcher: 'analyst',
    released_at: '2026-11-24T16:54:00Z',
    geography: { kind: grid ? 'grid' : 'lsoa11', cell_m: grid ? 1000 : 0,
      places: CELLS[more.levels[0]].length,
      areas: [{ code: 'W15000003', name: 'South Wales' }],
      levels: more.levels.map((key) => ({ key, label: LABELS[key],
        places: CELLS[key].length })) },
    themes: more.themes || THEMES, rules: more.rules || RULES,
    months: { first: '2021-01', last: '2021-12', slices: more.slices,
      sums: more.sums, slicing: more.slices[0] === 'sum' ? 'sum' : 'month' },
    nodes: all, partial: all.some((n) => n.state !== 'answered'),
    strategy: 'nested',
    noise: { law: 'discrete Gaussian', variance: more.variance,
      sd: Math.sqrt(more.variance), per: 'cell and node', charge_rho: 0.02,
      histograms: more.levels.map((of) => ({ of, themes: 'apart',
        slices: 'apart', variance: more.variance,
        sd: Math.sqrt(more.variance) })) },
    sources: [source('all', 'All', all, more),
      source('police', 'Police forces', all, more),
      source('nhs', 'NHS', all, more)],
    cells: CELLS[more.levels[0]].length, demo: true,
    words: {
      noise: 'Each agency added random whole numbers to each of its counts ' +
        'before it answered, so that no person\u2019s presence can be read ' +
        'from the map. The noise is as often above as below zero.',
      strategy: 'Every count was measured once.',
      display: 'The map shows whole numbers that add up.',
      unit: 'Protected is one person\u2019s records in one month at one agency.',
      caveat: 'These are recorded incidents, not all that happened.',
    },
  };
}

/* Markup in every text that the page shows: it must stay text. */
const HOSTILE = '<img src=x onerror="document.title=\'broken\'"><b>bold</b>';

export const RELEASES = [
  summary('a1', 'Neighbourhoods, 2021', { variance: 50 }),
  summary('b2', 'Two agencies did not answer', { variance: 50, nodes: nodes({
    gwent: { state: 'absent' },
    'dyfed-powys': { state: 'refused', reason: 'over its budget of the month' },
  }) }),
  summary('c3', 'Month by month', { variance: 2, slices: MONTHS,
    sums: ['total'] }),
  summary('d4', 'Squares of one kilometre', { variance: 8, levels: ['1000'],
    rules: { ...RULES, name: null, version: null },
    themes: THEMES.map((t) => ({ ...t, text: null })) }),
  summary('e5', HOSTILE, { variance: 50, purpose: HOSTILE,
    rules: { ...RULES, name: HOSTILE },
    themes: THEMES.map((t) => ({ ...t, text: HOSTILE })), nodes: nodes({
    gwent: { state: 'late', name: HOSTILE, reason: HOSTILE },
    'cardiff-and-vale-uhb': { state: 'absent' },
  }) }),
  summary('f6', 'Levels and months', { variance: 7.3, slices: MONTHS,
    sums: ['total'], levels: ['lsoa11', 'msoa11', 'lad', 'force'] }),
  summary('07', 'Running totals', { variance: 5, slices: MONTHS,
    sums: [...MONTHS.slice(0, -1).map((m) => `to-${m}`), 'total'],
    levels: ['lad'] }),
];

/* The months, or the one sum, that a slice adds up. */
function monthsOf(release, slice) {
  const { slices } = release.months;

  if (slice === 'total')
    return slices;
  return slice.startsWith('to-') ?
    slices.filter((m) => m <= slice.slice(3)) : [slice];
}

/* How much was recorded in a place of the finest level. */
function truth(code, { theme, source: key }, slice) {
  const rate = normal(random(seedOf(code, theme)));
  const part = slice === 'sum' ? 1 : 1 / 12;

  return Math.floor((theme === 'asb' ? 34 : 52) * (key === 'nhs' ? 0.06 : 1) *
    part * Math.exp(0.75 * rate));
}

/* The true numbers of every place of a level: what is shown, too. */
function truths(release, view) {
  const found = new Map();
  const finest = CELLS[view.level] === CELLS[1000] ? '1000' : 'lsoa11';

  for (const f of CELLS[finest]) {
    const code = finest === '1000' ? f.id : HOLDER[view.level](KNOWN.get(f.id));
    const n = monthsOf(release, view.slice).reduce((sum, m) =>
      sum + truth(f.id, view, m), 0);

    found.set(code, (found.get(code) || 0) + n);
  }
  return found;
}

/* The cells of one view, as the coordinator would answer: of a release with
 * levels, estimates are not whole. */
export function cells(release, { theme, slice, source: key, level }) {
  const { nodes: n } = release.sources.find((s) => s.key === key);
  const view = { theme, slice, source: key,
    level: level || release.geography.levels[0].key };
  const { variance } = release.noise;
  const h = widths(n, variance, slice)[95];
  const fine = release.geography.levels.length > 1 ? 100 : 1;
  const shown = truths(release, view);
  const rows = CELLS[view.level].map((f) => {
    const noise = Math.sqrt(n * variance) *
      normal(random(seedOf(f.id, theme, slice, key, release.id)));
    const display = shown.get(f.id);
    const value = display + Math.round(noise * fine) / fine;

    return { code: f.id, name: release.title === HOSTILE && HOSTILE ||
      f.properties.name, value, low: value - h, high: value + h, display };
  });

  return { id: release.id, ...view, half_width_95: { least: h, most: h },
    cells: rows, not_placed: { value: 41, low: 41 - h, high: 41 + h,
      display: 41 } };
}

export function totals(release) {
  const { slices, sums } = release.months;
  const level = release.geography.levels.at(-1).key;

  return release.themes.flatMap((t) => [...slices, ...sums].flatMap((slice) =>
    release.sources.map((s) => {
      const all = cells(release, { theme: t.key, slice, source: s.key, level });
      const sum = (what) => all.cells.reduce((n, c) => n + c[what], 0);
      const h = all.half_width_95.most;

      return { theme: t.key, slice, source: s.key, value: sum('value'),
        plus_minus_95: Math.ceil(h * Math.sqrt(release.cells)),
        display: sum('display'),
        not_placed: { value: 41, plus_minus_95: h, display: 41 } };
    })));
}

export function shapes(release, view) {
  const all = cells(release, view);
  const rows = new Map(all.cells.map((c) => [c.code, c]));

  return { type: 'FeatureCollection', features: CELLS[all.level].map((f) =>
    ({ ...f, properties: rows.get(f.id) })) };
}

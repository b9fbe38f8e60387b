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
const THEMES = [{ key: 'violence', label: 'Violence' },
  { key: 'asb', label: 'Anti-social behaviour' }];

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

/* The LSOAs of the three forces, as GeoJSON features. */
function neighbourhoods() {
  const lines = readFileSync(`${DATA}areas/lsoa11.csv`, 'utf8').split('\n');
  const head = lines[0].split(',');
  const known = new Map();

  for (const line of lines.slice(1).filter((l) => l.startsWith('W'))) {
    const cell = line.split(',');
    known.set(cell[0], Object.fromEntries(head.map((h, i) => [h, cell[i]])));
  }
  const text = execFileSync('zstd', ['-dc', '--long=27',
    `${DATA}boundaries/lsoa11.geojsonl.zst`],
  { maxBuffer: 1 << 28, encoding: 'utf8' });

  return text.split('\n').filter((l) => l.includes('"id":"W01'))
    .map((l) => JSON.parse(l))
    .filter((f) => COVERED.has(known.get(f.id)?.force))
    .map((f) => ({ type: 'Feature', id: f.id, geometry: f.geometry,
      properties: { code: f.id, name: known.get(f.id).name } }));
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

const CELLS = { lsoa11: neighbourhoods(), grid: squares() };

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

function source(key, label, all, variance) {
  const n = all.filter((x) => x.state === 'answered' &&
    (key === 'all' || x.sector === key)).length;
  const sd = Math.sqrt(n * variance);
  const wide = (z) => Math.ceil(z * sd);

  return { key, label, nodes: n, sd: Math.round(sd * 100) / 100,
    half_width: { 90: wide(1.645), 95: wide(1.96), 99.9: wide(3.291) } };
}

function summary(id, title, more) {
  const all = more.nodes || nodes();
  const kind = more.kind || 'lsoa11';

  return {
    id: id.repeat(64).slice(0, 64), title, purpose: more.purpose ||
      'Find where violence and anti-social behaviour concentrate',
    project: 'Safer streets', researcher: 'analyst',
    released_at: '2026-11-24T16:54:00Z',
    geography: { kind, cell_m: kind === 'grid' ? 1000 : 0, places:
      CELLS[kind].length, areas: [{ code: 'W15000003', name: 'South Wales' }] },
    themes: THEMES,
    months: { first: '2021-01', last: '2021-12', slices: more.slices || ['sum'],
      slicing: more.slices ? 'month' : 'sum' },
    nodes: all, partial: all.some((n) => n.state !== 'answered'),
    noise: { law: 'discrete Gaussian', variance: more.variance,
      sd: Math.sqrt(more.variance), per: 'cell and node', charge_rho: 0.02 },
    sources: [source('all', 'All', all, more.variance),
      source('police', 'Police forces', all, more.variance),
      source('nhs', 'NHS', all, more.variance)],
    cells: CELLS[kind].length, demo: true,
    words: {
      noise: 'Each agency added random whole numbers to each of its counts ' +
        'before it answered, so that no person\u2019s presence can be read ' +
        'from the map. The noise is as often above as below zero.',
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
  summary('c3', 'Month by month', { variance: 2, slices: MONTHS }),
  summary('d4', 'Squares of one kilometre', { variance: 8, kind: 'grid' }),
  summary('e5', HOSTILE, { variance: 50, purpose: HOSTILE, nodes: nodes({
    gwent: { state: 'late', name: HOSTILE, reason: HOSTILE },
    'cardiff-and-vale-uhb': { state: 'absent' },
  }) }),
];

/* The cells of one view, as the coordinator would answer. */
export function cells(release, { theme, slice, source: key }) {
  const { half_width: half, sd } = release.sources.find((s) => s.key === key);
  const h = half[95];
  const nhs = key === 'nhs' ? 0.06 : 1;
  const part = slice === 'sum' ? 1 : 1 / 12;
  const rows = CELLS[release.geography.kind].map((f) => {
    const rate = normal(random(seedOf(f.id, theme)));
    const truth = Math.floor((theme === 'asb' ? 34 : 52) * nhs * part *
      Math.exp(0.75 * rate));
    const value = truth + Math.round(sd *
      normal(random(seedOf(f.id, theme, slice, key, release.id))));

    return { code: f.id, name: release.title === HOSTILE && HOSTILE ||
      f.properties.name, value, low: value - h, high: value + h };
  });

  return { id: release.id, theme, slice, source: key, half_width_95: h,
    cells: rows, not_placed: { value: 41, low: 41 - h, high: 41 + h } };
}

export function totals(release) {
  return release.themes.flatMap((t) => release.months.slices.flatMap((slice) =>
    release.sources.map((s) => ({ theme: t.key, slice, source: s.key,
      value: cells(release, { theme: t.key, slice, source: s.key })
        .cells.reduce((sum, c) => sum + c.value, 0),
      plus_minus_95: Math.ceil(s.half_width[95] *
        Math.sqrt(release.cells)), not_placed: 41 }))));
}

export function shapes(release, view) {
  const rows = new Map(cells(release, view).cells.map((c) => [c.code, c]));

  return { type: 'FeatureCollection', features:
    CELLS[release.geography.kind].map((f) => ({ ...f,
      properties: rows.get(f.id) })) };
}

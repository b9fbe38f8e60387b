/*
 * values.mjs -- tests of the map's modules that need no browser.
 */
import assert from 'node:assert/strict';
import { boundsOf, classOf, NOISY, sample, SPAN_MAX, stepFor }
  from '../../map/classes.mjs';
import { bytes, ramp, surfaces } from '../../map/colour.mjs';
import { gaps, stateOf, uncovered, whoAnswered } from '../../map/agencies.mjs';
import { areaOf, has } from '../../map/place.mjs';
import { camera, format, parse, settle } from '../../map/state.mjs';
import { filtered, sorted } from '../../map/table.mjs';
import { estimate, number, period, placeName, plusMinus, range, when }
  from '../../map/words.mjs';
import { test } from './harness.mjs';

const row = (value, h) => ({ value, display: Math.max(0, value),
  low: value - h, high: value + h });

test('a cell has a class only where its interval supports one', () => {
  const bounds = [20, 40, 60, 80];
  for (const [what, cell, want] of [
    ['above zero, lowest class', row(15, 5), 0],
    ['interval reaches zero', row(5, 5), NOISY],
    ['interval below zero', row(-9, 5), NOISY],
    ['on a bound: the higher class', row(40, 1), 2],
    ['one below a bound', row(39, 1), 1],
    ['three classes touched', row(50, 12), 2],
    ['four classes touched', row(50, 31), NOISY],
    ['highest', row(500, 5), 4],
    ['exact', row(1, 0), 0]])
    assert.equal(classOf(cell, bounds), want, what);
});

test('classes are never finer than the interval', () => {
  for (const h of [0, 1, 6, 28, 300]) {
    const rows = Array.from({ length: 900 }, (_, i) =>
      row(Math.floor(1000 * (i / 900) ** 4), h));
    const bounds = boundsOf(rows, h);

    assert.ok(bounds.length > 0 && bounds.length <= 5, `${h}: some bounds`);
    for (let i = 1; i < bounds.length; i += 1)
      assert.ok(bounds[i] - bounds[i - 1] >= Math.max(1, h), `${h}: ${bounds}`);
    for (const b of bounds)
      assert.equal(b % stepFor(h), 0, 'a round number');
    if (h > 0)
      for (const r of rows.filter((x) => x.low > 0))
        assert.notEqual(classOf(r, bounds), NOISY, `${h}, ${SPAN_MAX}`);
  }
});

test('classes of nothing readable: no bound, everything too noisy', () => {
  const rows = [row(3, 28), row(-20, 28), row(0, 28)];

  assert.deepEqual(boundsOf(rows, 28), []);
  assert.deepEqual(boundsOf([], 28), []);
  assert.deepEqual(rows.map((r) => classOf(r, [])), [NOISY, NOISY, NOISY]);
});

test('months are sampled with both ends', () => {
  const slices = Array.from({ length: 60 }, (_, i) => i);

  assert.equal(sample(slices).length, 12);
  assert.equal(sample(slices)[0], 0);
  assert.equal(sample(slices).at(-1), 59);
  assert.deepEqual(sample([1, 2]), [1, 2]);
});

/* Linear light, and what is left of it without one kind of cone
 * (Vienot, Brettel, Mollon 1999). */
const linear = (c) => bytes(c).map((x) => (x / 255) ** 2.2);
const BLIND = {
  none: ([r, g, b]) => [r, g, b],
  protan: ([r, g, b]) => [0.112 * r + 0.888 * g, 0.112 * r + 0.888 * g,
    0.004 * r - 0.004 * g + b],
  deutan: ([r, g, b]) => [0.293 * r + 0.707 * g, 0.293 * r + 0.707 * g,
    -0.022 * r + 0.022 * g + b],
};
const light = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const distance = (a, b) => Math.hypot(...a.map((x, i) =>
  x ** (1 / 2.2) - Math.max(0, b[i]) ** (1 / 2.2)));

test('colours keep their order in grey and to colour-blind eyes', () => {
  for (const dark of [false, true])
    for (let n = 2; n <= 6; n += 1)
      for (const [kind, see] of Object.entries(BLIND)) {
        const seen = ramp(n, dark).map((c) => see(linear(c))
          .map((x) => Math.max(0, x)));
        for (let k = 1; k < n; k += 1) {
          const step = light(seen[k]) - light(seen[k - 1]);
          assert.ok(dark ? step > 0 : step < 0, `${kind} ${n} ${k}: order`);
          assert.ok(distance(seen[k], seen[k - 1]) > 0.1,
            `${kind} ${n} ${k} ${dark}: ${distance(seen[k], seen[k - 1])}`);
        }
      }
});

test('no class looks like noise, land or sea', () => {
  for (const dark of [false, true])
    for (const colour of ramp(6, dark))
      for (const name of ['noisy', 'land', 'sea'])
        assert.ok(distance(linear(colour), linear(surfaces(dark)[name])) > 0.15,
          `${colour} and ${name}`);
});

test('an address holds the view, and hostile ones do no harm', () => {
  const state = { release: 'a1', theme: 'asb', source: 'nhs', slice: '2021-03',
    level: 'lad', view: 'table', at: '8.5/51.6/-3.2', place: 'W01001860' };

  assert.deepEqual(parse(format(state)), state);
  assert.deepEqual(parse('#__proto__=1&x=2&theme='), {});
  assert.equal(parse(`#theme=${'a'.repeat(9999)}`).theme.length, 200);
  for (const bad of ['', 'x', '1/2', '1/99/0', '-1/0/0', '1/0/999', '1/NaN/2'])
    assert.equal(camera(bad), null, bad);
});

test('what a release does not offer is replaced by what it does', () => {
  const release = { id: 'r', themes: [{ key: 'v' }], sources: [{ key: 'all' }],
    months: { slices: ['2021-01', '2021-02'], sums: ['total'] },
    geography: { levels: [{ key: 'lad' }, { key: 'force' }] } };

  assert.deepEqual(settle({ theme: 'no', source: 'no', slice: 'no',
    level: 'no', view: 'no', at: 'no' }, release), { release: 'r', theme: 'v',
    source: 'all', slice: '2021-02', level: 'lad', view: 'map', at: undefined,
    place: undefined });
  const sum = settle({ slice: 'total', level: 'force' }, release);
  assert.equal(sum.slice, 'total');
  assert.equal(sum.level, 'force');
});

test('places, numbers and months read as people say them', () => {
  for (const [code, want] of [
    ['E0316N0173-1000', 'ST 16 73 (1 km)'], ['E0530N0180-1000',
      'TQ 30 80 (1 km)'], ['E0000N0000-16000', 'SV 00 00 (16 km)'],
    ['E0440N1200-2000', 'HP 40 00 (2 km)'], ['E0651N0313-1000',
      'TG 51 13 (1 km)'], ['W01000001', 'W01000001']])
    assert.equal(placeName({ code }), want);
  assert.equal(placeName({ code: 'W01000001', name: 'Anglesey' }), 'Anglesey');
  assert.equal(number(-1234), '\u22121,234');
  assert.equal(period('2021-01', '2021-12'), 'January to December 2021');
  assert.equal(period('2020-12', '2021-01'), 'December 2020 to January 2021');
  const release = { months: { first: '2020-12', last: '2021-03' } };
  assert.equal(when(release, 'total'), 'December 2020 to March 2021');
  assert.equal(when(release, 'to-2021-01'), 'December 2020 to January 2021');
  assert.equal(estimate(-1234.56), '\u22121,234.6');
  assert.equal(range(-0.2, 3.01), '\u22121 to 4', 'outwards');
  assert.equal(plusMinus(25.4, 26), '\u00b1 26');
  assert.equal(plusMinus(25.4, 26.1), '\u00b1 26 to \u00b1 27');
});

test('a point on a shared edge lies in one area, never in two', () => {
  const square = (x) => ({ type: 'Polygon', coordinates: [[[x, 0], [x + 1, 0],
    [x + 1, 1], [x, 1], [x, 0]]] });
  const ring = { type: 'Polygon', coordinates: [square(0).coordinates[0],
    [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6], [0.4, 0.4]]] };

  for (const at of [[1, 0.5], [1, 0.001], [1, 0.999]])
    assert.equal(has(square(0), at) + has(square(1), at), 1);
  assert.equal(has(ring, [0.5, 0.5]), false, 'a hole is outside');
  const areas = [0, 1].map((x) => ({ geometry: square(x),
    properties: { code: `a${x}` } }));
  const found = areaOf([{ geometry: square(1), properties: { code: 's' } },
    { geometry: square(2.2), properties: { code: 'shore' } },
    { geometry: square(7), properties: { code: 'sea' } }], areas);
  assert.equal(found.get('s').code, 'a1');
  assert.equal(found.get('shore').code, 'a1', 'half a square from land');
  assert.equal(found.has('sea'), false);
});

test('who is missing depends on the source that is looked at', () => {
  const node = (id, sector, state, ...codes) => ({ name: id, sector, state,
    covers: codes.map((code) => ({ code })), reason: '' });
  const release = { nodes: [node('P', 'police', 'absent', 'A'),
    node('Q', 'police', 'answered', 'B'), node('H', 'nhs', 'answered', 'A')] };

  assert.equal(gaps(release, 'all').get('A').all, false);
  assert.equal(gaps(release, 'police').get('A').all, true);
  assert.equal(gaps(release, 'nhs').size, 0);
  assert.equal(uncovered(release, 'all', 'A'), false);
  assert.equal(uncovered(release, 'all', 'elsewhere'), true);
  assert.equal(uncovered(release, 'all', undefined), false);
  assert.equal(whoAnswered(release, 'police'), 'Answered: Q (1 of 2).');
  assert.equal(stateOf({ state: 'refused', reason: 'over budget' }),
    'refused to answer: over budget');
});

test('the table sorts numbers as numbers and names as people do', () => {
  const rows = [{ name: 'Barry 10A', code: 'c', value: -3 },
    { name: 'Barry 2A', code: 'b', value: 10.5 },
    { name: 'Aber 1', code: 'a', value: 9.5 }];
  const codes = (list) => list.map((r) => r.code).join('');

  assert.equal(codes(sorted(rows, 'value', true)), 'bac');
  assert.equal(codes(sorted(rows, 'name', false)), 'abc');
  assert.equal(codes(filtered(rows, '  BARRY ')), 'cb');
  assert.equal(codes(filtered(rows, '.*')), '');
});

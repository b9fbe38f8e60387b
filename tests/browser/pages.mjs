/*
 * pages.mjs -- the map as people use it: look, choose, read, sort, link.
 */
import assert from 'node:assert/strict';
import { drawn, hoverCell, onCanvas, swatches, violations }
  from './browser.mjs';
import { cells } from './releases.mjs';
import { test } from './harness.mjs';
import { releaseNamed, text, withPage } from './world.mjs';

const GRID = `#release=${releaseNamed('Squares').id}`;
const PARTIAL = `#release=${releaseNamed('Two agencies').id}`;
const LEVELS = `#release=${releaseNamed('Levels').id}`;
const RUNNING = `#release=${releaseNamed('Running').id}`;
const MONTHLY = `#release=${releaseNamed('Month').id}`;

/* Choose, then wait until the page has drawn the choice. */
async function choose(page, selector, value) {
  await page.selectOption(selector, value);
  await drawn(page);
}

test('the newest release is drawn, read out on hover, and clean', () =>
  withPage('', async (page, log) => {
    const colours = await swatches(page);

    for (const colour of colours)
      assert.ok(await onCanvas(page, [colour]) > 50, `class ${colour} drawn`);
    assert.match(await text(page, '#legend'), /\u00b1 28/);
    const tip = await hoverCell(page);
    assert.match(tip, /95 % interval \u2212?\d+ to \d+/);
    assert.match(tip, /Answered: .*Cardiff and Vale UHB \(synthetic\)/);
    assert.match(await text(page, '#made-up'), /Synthetic.*not real records/);
    assert.match(await text(page, '#outside'),
      /not placed\s+41 \(estimate 41 \u00b1 28\)/);
    assert.match(await text(page, '#noise'), /random whole numbers/);
    assert.match(await text(page, 'footer'), /Contains OS data .* Crown/);
    assert.ok(log.requests.some((u) => u.endsWith('maplibre-gl-worker.mjs')));
    assert.deepEqual(await violations(page), []);
  }));

test('theme and source change the numbers, the words and the address', () =>
  withPage(GRID, async (page) => {
    await choose(page, '#theme', 'asb');
    assert.equal(await text(page, '#title'), 'Anti-social behaviour');
    await choose(page, '#source', 'police');
    assert.equal(await page.isVisible('#made-up'), false);
    await choose(page, '#source', 'nhs');
    assert.match(await text(page, '#made-up'), /Synthetic/);
    assert.match(page.url(), /theme=asb&source=nhs/);
    assert.match(await page.getAttribute('#csv', 'href'),
      /cells\.csv\?theme=asb&slice=sum&source=nhs&level=1000$/);
    await page.goBack();
    await drawn(page);
    assert.equal(await page.inputValue('#source'), 'police');
  }));

test('a slow answer never replaces a later choice', () =>
  withPage(GRID, async (page, log, server) => {
    server.slow('theme=asb');
    await page.selectOption('#theme', 'asb');
    await page.selectOption('#theme', 'violence');
    await page.waitForTimeout(2200);
    server.slow(null);
    assert.equal(await text(page, '#title'), 'Violence');
    assert.match(await text(page, '#caption').catch(() => 'Violence'),
      /Violence/);
    assert.match(page.url(), /theme=violence/);
  }));

test('silent agencies are named, hatched, and not mistaken for low', () =>
  withPage(PARTIAL, async (page) => {
    const banner = await text(page, '#silent');

    assert.match(banner, /Gwent Police did not answer/);
    assert.match(banner, /Dyfed-Powys Police refused.*over its budget/);
    assert.ok(await onCanvas(page, [[139, 90, 43]]) > 500, 'hatched');
    assert.match(await text(page, '#legend'), /No answer\s+\d+/);
    assert.match(await hoverCell(page), /No answer for this place/);
    assert.match(await text(page, '#tooltip'), /its records are not in/);
    assert.match(await text(page, '#agencies'), /did not answer/);
    await choose(page, '#source', 'nhs');
    assert.equal(await page.isVisible('#silent'), false, 'not asked of NHS');
    assert.equal(await onCanvas(page, [[139, 90, 43]]), 0);
  }));

test('months slide by key, play, pause, and keep their classes', () =>
  withPage(MONTHLY, async (page) => {
    const names = () => page.locator('.classes .name').allInnerTexts();
    const before = await names();

    assert.equal(await text(page, '#month-name'), 'December 2021');
    await page.focus('#month');
    await page.keyboard.press('Home');
    await page.waitForFunction(() => location.hash.includes('slice=2021-01'));
    await drawn(page);
    assert.match(await text(page, '#subtitle'), /January 2021/);
    assert.equal(await page.getAttribute('#month', 'aria-valuetext'),
      'January 2021');
    await page.click('#play');
    await page.waitForFunction(() => location.hash.includes('slice=2021-03'));
    await page.click('#play');
    const stopped = await text(page, '#month-name');
    await page.waitForTimeout(1700);
    assert.equal(await text(page, '#month-name'), stopped);
    assert.deepEqual(await names(), before);
    assert.match(await text(page, '#announce').catch(() => ''), /2021/);
  }));

test('the table holds the same numbers, sorted and filtered', () =>
  withPage(`${GRID}&view=table`, async (page) => {
    const want = cells(releaseNamed('Squares'), { theme: 'violence',
      slice: 'sum', source: 'all', level: '1000' }).cells;
    const column = (k) => page.locator(`#body td:nth-child(${k})`)
      .allInnerTexts();
    const numbers = async (k) => (await column(k)).map((t) =>
      Number(t.replace('\u2212', '-').replaceAll(',', '')));
    const best = want.map((c) => c.display).sort((a, b) => b - a)
      .slice(0, 100);

    assert.deepEqual(await numbers(3), best);
    const values = new Map(want.map((c) => [c.code, c.value]));
    assert.deepEqual(await numbers(4), (await column(2)).map((code) =>
      values.get(code)));
    await page.click('th[data-key="low"] button');
    await page.click('th[data-key="low"] button');
    assert.equal(await page.getAttribute('th[data-key="low"]', 'aria-sort'),
      'ascending');
    const lows = await numbers(5);
    assert.deepEqual(lows, [...lows].sort((a, b) => a - b));
    assert.match(await text(page, '#pages'), /1 to 100 of 270 places/);
    await page.click('#pages button:last-child');
    assert.match(await text(page, '#pages'), /101 to 200/);
    await page.fill('#filter', 'st 16 73');
    assert.equal(await page.locator('#body tr').count(), 1);
    await page.fill('#filter', 'no such place');
    assert.match(await text(page, '#pages'), /0 to 0 of 0 places/);
    assert.deepEqual(await violations(page), []);
  }));

test('a place chosen in the table is shown on the map, and in a link', () =>
  withPage(`${GRID}&view=table`, async (page) => {
    await page.fill('#filter', 'st 16 73');
    await page.click('#body button');
    await page.waitForSelector('#card:not([hidden])');
    assert.match(await text(page, '#card'), /ST 16 73[^]*95 % interval/);
    assert.match(page.url(), /place=E0316N0173-1000/);
    await page.reload();
    await drawn(page);
    assert.match(await text(page, '#card'), /ST 16 73/);
    await page.keyboard.press('Escape');
    assert.equal(await page.isVisible('#card'), false);
  }));

test('a link opens the same view, camera included', () =>
  withPage(`${GRID}&theme=asb&source=police&at=12.50/51.4800/-3.2000`,
    async (page) => {
      assert.match(page.url(), /at=12\.50\/51\.4800\/-3\.2000/);
      assert.equal(await page.inputValue('#theme'), 'asb');
      assert.match(await text(page, '.maplibregl-ctrl-scale'), /^500\sm$/);
      await page.click('#fit');
      await page.waitForFunction(() => !location.hash.includes('at='));
    }));

test('everything can be reached and read by keyboard alone', () =>
  withPage(GRID, async (page) => {
    const seen = [];

    for (let i = 0; i < 30; i += 1) {
      await page.keyboard.press('Tab');
      const here = await page.evaluate(() => {
        const e = document.activeElement;
        return e.id || e.className || e.tagName;
      });
      seen.push(here);
      if (here === 'maplibregl-canvas')
        break;
    }
    for (const id of ['release', 'theme', 'source', 'as-map', 'as-table',
      'fit', 'link', 'print', 'csv', 'maplibregl-canvas'])
      assert.ok(seen.includes(id), `${id} in ${seen}`);
    assert.equal(seen[0], 'skip');
    assert.match(await page.textContent('#announce'), /^ST \d\d \d\d.*\d+ to/);
    assert.ok(await page.isVisible('.cross'));
    await page.keyboard.press('Enter');
    assert.match(await text(page, '#card'), /95 % interval/);
    assert.match(await page.textContent('#announce'), /estimate/);
    const before = page.url();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((url) => location.href !== url, before);
  }));

test('the table can be switched to and sorted by keyboard alone', () =>
  withPage(GRID, async (page) => {
    await page.focus('#as-table');
    await page.keyboard.press('Enter');
    await page.focus('th[data-key="name"] button');
    await page.keyboard.press('Space');
    assert.equal(await page.getAttribute('th[data-key="name"]', 'aria-sort'),
      'ascending');
    assert.equal(await page.getAttribute('#as-table', 'aria-pressed'), 'true');
  }));

test('the CSV behind the link is the view that is shown', () =>
  withPage(`${GRID}&theme=asb`, async (page) => {
    const href = await page.getAttribute('#csv', 'href');
    const lines = (await (await page.request.get(href)).text()).split('\r\n');

    assert.equal(lines[0], 'code,name,value,low,high,display');
    assert.equal(lines.length, 271);
  }));

/* The first number of a definition: "12,345 (estimate ...)". */
async function total(page) {
  const words = await text(page, '#outside dd:first-of-type');

  return Number(words.split(' ')[0].replaceAll(',', ''));
}

/* The sum of a column of the table, all pages. */
async function added(page, k) {
  let sum = 0;

  for (;;) {
    for (const t of await page.locator(`#body td:nth-child(${k})`)
      .allInnerTexts())
      sum += Number(t.replace('\u2212', '-').replaceAll(',', ''));
    if (await page.isDisabled('#pages button:last-child'))
      return sum;
    await page.click('#pages button:last-child');
  }
}

test('coarser places are drawn, and add up to the same', () =>
  withPage(LEVELS, async (page) => {
    const label = page.locator('#level');
    const want = await total(page);
    let places = Infinity;

    assert.equal(await page.locator('label[for="level"]').innerText(),
      'Places');
    assert.ok(want > 1000);
    for (const level of ['lsoa11', 'msoa11', 'lad', 'force']) {
      await choose(page, '#level', level);
      assert.match(page.url(), new RegExp(`level=${level}`));
      assert.equal(await total(page), want, level);
      const colours = await swatches(page);
      assert.ok(await onCanvas(page, colours) > 500, `${level} drawn`);
      await page.click('#as-table');
      assert.equal(await added(page, 3), want, `table of ${level}`);
      const [, n] = /of ([\d,]+) place/.exec(await text(page, '#pages'));
      assert.ok(Number(n.replace(',', '')) < places, 'fewer places');
      places = Number(n.replace(',', ''));
      await page.click('#as-map');
      await drawn(page);
    }
    assert.equal(places, 3);
    assert.equal(await label.inputValue(), 'force');
    assert.match(await hoverCell(page), /South Wales|Gwent|Dyfed-Powys/);
    assert.deepEqual(await violations(page), []);
    await page.reload();
    await drawn(page);
    assert.equal(await label.inputValue(), 'force');
  }));

test('the level is switched by keyboard, and the camera stays', () =>
  withPage(`${LEVELS}&at=9.00/51.6000/-3.4000`, async (page) => {
    await page.focus('#level');
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(() => location.hash.includes('level=msoa11'));
    await drawn(page);
    assert.match(page.url(), /at=9\.00\/51\.6000\/-3\.4000/);
    assert.match(await page.textContent('#announce'), /MSOA/);
  }));

test('what is shown is whole; the estimate stands beside it', () =>
  withPage(`${LEVELS}&level=lad`, async (page) => {
    const want = cells(releaseNamed('Levels'), { theme: 'violence',
      slice: '2021-12', source: 'all', level: 'lad' }).cells
      .find((c) => c.name === 'Cardiff');

    assert.match(await hoverCell(page),
      /^[^]*\n[\d,]+\s+estimate \u2212?[\d,]+(\.\d)?, 95 % interval/);
    await page.click('#as-table');
    await page.fill('#filter', 'cardiff');
    const row = (await page.locator('#body tr td').allInnerTexts())
      .map((t) => t.replaceAll(',', ''));
    assert.deepEqual(row.slice(1, 5), [String(want.display),
      String(Math.round(want.value * 10) / 10), String(Math.floor(want.low)),
      String(Math.ceil(want.high))]);
    assert.notEqual(Number(row[2]), Number(row[1]));
    assert.match(await text(page, '#noise'), /whole numbers that add up/);
  }));

test('all months together are one choice, and are their sum', () =>
  withPage(MONTHLY, async (page) => {
    let sum = 0;

    for (const month of releaseNamed('Month').months.slices) {
      await page.evaluate((m) => {
        location.hash = location.hash.replace(/slice=[^&]*/, `slice=${m}`);
      }, month);
      await page.waitForFunction((m) => document.getElementById('month')
        .getAttribute('aria-valuetext') === m, await page.evaluate((m) =>
        new Date(`${m}-01T00:00Z`).toLocaleDateString('en-GB',
          { month: 'long', year: 'numeric', timeZone: 'UTC' }), month));
      await drawn(page);
      sum += await total(page);
    }
    await choose(page, '#span', 'all');
    assert.match(page.url(), /slice=total/);
    assert.match(await text(page, '#subtitle'), /January to December 2021/);
    assert.equal(await page.isVisible('#month'), false);
    assert.equal(await total(page), sum);
    await choose(page, '#span', 'one');
    assert.match(await text(page, '#subtitle'), /December 2021/);
  }));

test('running totals rise with the month', () =>
  withPage(`${RUNNING}&slice=to-2021-03`, async (page) => {
    assert.equal(await page.inputValue('#span'), 'running');
    assert.match(await text(page, '#subtitle'), /January to March 2021/);
    const three = await total(page);
    await page.focus('#month');
    await page.keyboard.press('End');
    await page.waitForFunction(() => location.hash.includes('slice=total'));
    await drawn(page);
    assert.ok(await total(page) > 2 * three);
    assert.match(await text(page, '#subtitle'), /January to December 2021/);
    assert.equal(await page.isVisible('#levels'), false, 'one level only');
  }));

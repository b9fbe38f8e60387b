/*
 * states.mjs -- when things are missing, broken, hostile, small or dark.
 */
import assert from 'node:assert/strict';
import { drawn, onCanvas, openBrowser, openPage, swatches, violations }
  from './browser.mjs';
import { test } from './harness.mjs';
import { openWorld, releaseNamed, text, withPage } from './world.mjs';

const GRID = `#release=${releaseNamed('Squares').id}`;
const PARTIAL = `#release=${releaseNamed('Two agencies').id}`;
const HOSTILE = `#release=${releaseNamed('<img').id}`;

function problemShown(page) {
  return page.waitForSelector('#problem:not([hidden])');
}

test('no release yet: said so, and looked again when asked', async () => {
  const { server } = await openWorld();

  server.scenario('empty');
  await withPage(GRID, async (page) => {
    await problemShown(page);
    assert.match(await text(page, '#problem'), /No release yet/);
    assert.equal(await page.isVisible('#controls'), false);
    assert.deepEqual(await violations(page), []);
    server.scenario('normal');
    await page.click('#again');
    await drawn(page);
    assert.equal(await page.isVisible('#problem'), false);
  }, { wait: false });
});

for (const [scenario, words] of [['broken', /store is not open/],
  ['gone', /cannot be reached/]])
  test(`the server is ${scenario}: its words, no old numbers`, async () => {
    const { server } = await openWorld();

    await withPage(GRID, async (page) => {
      server.scenario(scenario);
      await page.selectOption('#theme', 'asb');
      await problemShown(page);
      assert.match(await text(page, '#problem'), words);
      assert.equal(await page.isVisible('#stage'), false);
      assert.equal(await page.isVisible('#legend'), false);
      server.scenario('normal');
      await page.click('#again');
      await drawn(page);
      assert.equal(await text(page, '#title'), 'Anti-social behaviour');
    }, { errors: true }).finally(() => server.scenario('normal'));
  });

test('a link to a release that is gone opens the newest and says so', () =>
  withPage(`#release=${'f'.repeat(64)}`, async (page) => {
    assert.match(await text(page, '#odd'), /not here/);
    assert.match(await text(page, '#facts'), /Neighbourhoods, 2021/);
  }));

test('a theme is shown in the words of its rules, and which they are', () =>
  withPage('', async (page) => {
    assert.match(await text(page, '#meaning'), /Violence as recorded\./);
    assert.match(await text(page, '#meaning'), /By Ward themes, version 2\./);
    await page.selectOption('#theme', 'asb');
    await drawn(page);
    assert.match(await text(page, '#meaning'), /as the police log them/);
  }));

test('rules that the server does not have are named by their hash', () =>
  withPage(GRID, async (page) => {
    assert.match(await text(page, '#meaning'),
      /rules that this server does not have; SHA-256 (ab){32}/);
    assert.doesNotMatch(await text(page, '#meaning'), /null/);
  }));

test('markup in what agencies and researchers write stays text', () =>
  withPage(HOSTILE, async (page) => {
    await page.click('#as-table');
    assert.match(await text(page, '#silent'), /<b>bold<\/b> answered too late/);
    assert.match(await text(page, '#body tr:first-child'), /<img src=x/);
    assert.equal(await page.locator('main img, main b').count(), 0);
    assert.doesNotMatch(await page.title(), /broken/);
    assert.match(await text(page, '#meaning'), /By <img src=x.*, version 2/);
    assert.match(await page.textContent('#legend'), /One agency of several/);
  }));

test('without WebGL the table remains, and says why', async () => {
  const { server } = await openWorld();
  const browser = await openBrowser('--disable-3d-apis');

  try {
    const { page, log } = await openPage(browser, `${server.url}/${GRID}`);
    await drawn(page);
    assert.match(await text(page, '#odd'), /cannot draw the map/);
    assert.equal(await page.locator('#body tr').count(), 100);
    assert.equal(await page.isVisible('#stage'), false);
    assert.deepEqual(log.outside, []);
  } finally {
    await browser.close();
  }
});

test('dark surroundings: dark colours, same order, enough contrast', () =>
  withPage(PARTIAL, async (page) => {
    const colours = await swatches(page);

    assert.ok(colours[0][0] > colours.at(-1)[0], 'more is lighter');
    assert.ok(await onCanvas(page, colours) > 500);
    assert.ok(await onCanvas(page, [[15, 20, 24]]) > 5000, 'dark sea');
    assert.deepEqual(await violations(page), []);
    await page.emulateMedia({ colorScheme: 'light' });
    for (let i = 0; await onCanvas(page, [[219, 229, 234]]) < 5000; i += 1) {
      assert.ok(i < 20, 'light sea');
      await page.waitForTimeout(200);
    }
  }, { colorScheme: 'dark' }));

test('at 320 pixels nothing is cut off, and a tap reads a place', () =>
  withPage(GRID, async (page) => {
    const wide = () => page.evaluate(() =>
      document.documentElement.scrollWidth);

    assert.equal(await wide(), 320);
    await page.locator('#map').scrollIntoViewIfNeeded();
    const box = await page.locator('#map').boundingBox();
    await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
    await page.waitForSelector('#card:not([hidden])');
    assert.match(await text(page, '#card'), /95 % interval/);
    assert.deepEqual(await violations(page), []);
    await page.tap('#as-table');
    assert.equal(await wide(), 320);
  }, { viewport: { width: 320, height: 640 }, hasTouch: true,
    isMobile: true }));

test('print: map, legend, caveats and licence; no controls', () =>
  withPage(PARTIAL, async (page) => {
    await page.emulateMedia({ media: 'print' });
    for (const shown of ['#title', '#map', '#legend', '#noise', '#silent',
      'footer'])
      assert.ok(await page.isVisible(shown), shown);
    for (const gone of ['#theme', '.bar', '.maplibregl-ctrl-zoom-in'])
      assert.equal(await page.isVisible(gone), false, gone);
    assert.ok((await page.pdf({ printBackground: true })).length > 20000);
  }));

test('the policy allows nothing inline, no blob and no other server', () =>
  withPage('', async (page) => {
    const answer = await page.request.get(page.url());
    const policy = answer.headers()['content-security-policy'];

    assert.match(policy, /default-src 'self'/);
    assert.doesNotMatch(policy, /unsafe|blob:|data:|\*/);
    assert.equal(await page.locator('[style*="url("], script:not([src])')
      .count(), 0);
  }, { wait: false }));

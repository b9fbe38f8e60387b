/*
 * map.mjs -- look at the map of a running coordinator, as ./dev demo --check
 * does:  node tests/browser/map.mjs --url URL [--release ID] [--screenshot PNG]
 *
 * Exits 0 when the page drew its data and every promise below held.
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { drawn, hoverCell, onCanvas, openBrowser, openPage, swatches,
  violations } from './browser.mjs';

const { values: want } = parseArgs({ options: {
  url: { type: 'string' }, release: { type: 'string' },
  screenshot: { type: 'string' } } });

/* What the coordinator itself says of the release. */
async function served(url, id) {
  const { releases } = await (await fetch(new URL('v1/releases', url))).json();
  const release = id ? releases.find((r) => r.id === id) : releases[0];

  assert.ok(release, 'the release is in the list');
  return release;
}

async function policyHolds(url) {
  const page = await fetch(url);
  const policy = page.headers.get('content-security-policy') || '';

  assert.match(policy, /default-src 'self'|default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe-|blob:|\*/);
}

/* Each agency that did not answer is named and hatched. */
async function gapsShown(page, release) {
  const silent = release.nodes.filter((n) => n.state !== 'answered');
  const banner = page.locator('#silent');

  assert.equal(await banner.isVisible(), silent.length > 0, 'banner');
  for (const node of silent)
    assert.ok((await banner.innerText()).includes(node.name), node.name);
  if (silent.some((n) => n.covers.length > 0))
    assert.ok(await page.locator('.swatch.silent').count() > 0, 'hatching');
}

async function look(page, release) {
  await drawn(page);
  assert.equal(await page.locator('#problem').isVisible(), false);
  assert.ok(await page.locator('.classes li').count() >= 2, 'legend');
  assert.match(await page.locator('#legend').innerText(), /\u00b1 \d/);
  const colours = await swatches(page);
  assert.ok(await onCanvas(page, colours) > 0, 'class colours on the map');
  await gapsShown(page, release);
  assert.match(await hoverCell(page), /95 % interval \u2212?[\d,]+ to/);
}

async function tableHolds(page, release) {
  await page.click('#as-table');
  assert.ok(await page.locator('#body tr').count() > 0, 'rows');
  assert.match(await page.locator('#pages').innerText(), /of [\d,]+ places?/);
  if (release.nodes.some((n) => n.synthetic && n.state === 'answered'))
    assert.match(await page.locator('#made-up').innerText(), /ynthetic/);
}

const browser = await openBrowser();
try {
  const release = await served(want.url, want.release);
  await policyHolds(want.url);
  const address = new URL(`/#release=${release.id}`, want.url).href;
  const { page, log } = await openPage(browser, address);

  await look(page, release);
  if (want.screenshot)
    await page.screenshot({ path: want.screenshot });
  await tableHolds(page, release);
  assert.deepEqual(await violations(page), [], 'accessibility');
  assert.deepEqual(log.outside, [], 'requests to other servers');
  assert.deepEqual(log.errors, [], 'errors in the console');
  console.log(`map: ${release.title}: drawn, read and clean ` +
    `(${log.requests.length} requests, all to ${new URL(want.url).host})`);
} catch (error) {
  console.error(`map: ${error.message}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}

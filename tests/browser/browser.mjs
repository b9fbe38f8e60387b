/*
 * browser.mjs -- Debian's chromium, cut off from the network, and what it
 * said and asked for while a page was open.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/* openBrowser: its user data lie in a fresh folder, removed on close. */
export function openBrowser(...more) {
  return chromium.launch({
    executablePath: process.env.WARD_CHROMIUM || '/usr/bin/chromium',
    headless: true, args: [...FLAGS, ...more] });
}

/*
 * openPage: a page with a log of { requests, outside, errors }. `options`
 * are the browser context's (viewport, colorScheme, ...).
 */
export async function openPage(browser, url, options = {}) {
  const origin = new URL(url).origin;
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options });
  const page = await context.newPage();
  const log = { requests: [], outside: [], errors: [] };

  page.setDefaultTimeout(30000);
  context.on('request', (r) => {
    log.requests.push(r.url());
    if (new URL(r.url()).origin !== origin)
      log.outside.push(r.url());
  });
  page.on('console', (m) => {
    if (m.type() === 'error')
      log.errors.push(m.text());
  });
  page.on('pageerror', (e) => log.errors.push(String(e)));
  await page.goto(url);
  return { page, log, close: () => context.close() };
}

/* drawn: wait until the page says that its data are on the screen. */
export function drawn(page) {
  return page.waitForFunction(() =>
    document.documentElement.dataset.ready === '1', null, { timeout: 60000 });
}

/* hoverCell: move the pointer over the map until a tooltip shows; its text. */
export async function hoverCell(page) {
  const box = await page.locator('#map').boundingBox();
  const tip = page.locator('#tooltip');

  for (let i = 0; i < 60; i += 1) {
    const t = i * 2.399963; /* golden angle: spreads points from the middle */
    const r = 0.055 * Math.sqrt(i);

    await page.mouse.move(box.x + box.width * (0.5 + r * Math.cos(t)),
      box.y + box.height * (0.5 + r * Math.sin(t)));
    await page.waitForTimeout(40);
    if (await tip.isVisible())
      return tip.innerText();
  }
  throw new Error('no tooltip anywhere on the map');
}

/* violations: axe's serious and critical findings, as lines. */
export async function violations(page) {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const found = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
      'best-practice'] }));

  return found.violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')} ` +
      `${v.nodes[0].failureSummary}`);
}

/* swatches: the colours of the legend's classes, as [r, g, b]. */
export function swatches(page) {
  return page.locator('.swatch.class').evaluateAll((nodes) => nodes.map((n) =>
    getComputedStyle(n).backgroundColor.match(/\d+/g).slice(0, 3).map(Number)));
}

/* onCanvas: how many pixels of the drawn map have one of these colours. */
export function onCanvas(page, colours) {
  return page.evaluate((wanted) => {
    const map = document.querySelector('.maplibregl-canvas');
    const flat = new OffscreenCanvas(map.width, map.height).getContext('2d');

    flat.drawImage(map, 0, 0);
    const { data } = flat.getImageData(0, 0, map.width, map.height);
    let n = 0;
    for (let i = 0; i < data.length; i += 4)
      n += wanted.some((c) => c.every((x, k) => Math.abs(x - data[i + k]) < 3));
    return n;
  }, colours);
}

/*
 * world.mjs -- one fixture server and one browser for all tests.
 */
import assert from 'node:assert/strict';
import { openBrowser, openPage, drawn } from './browser.mjs';
import { startFixture } from './fixture.mjs';
import { RELEASES } from './releases.mjs';

let world = null;

export async function openWorld() {
  if (!world)
    world = { server: await startFixture(), browser: await openBrowser() };
  return world;
}

export async function closeWorld() {
  await world?.browser.close();
  world?.server.close();
}

/* releaseNamed: the made-up release whose title begins so. */
export function releaseNamed(title) {
  return RELEASES.find((r) => r.title.startsWith(title));
}

/*
 * withPage: open an address, wait until it is drawn, run, and hold that
 * nothing went outside and nothing was complained of. options: those of the
 * browser context, and `wait: false`, `errors: true` (errors are expected).
 */
export async function withPage(hash, run, { wait = true, errors = false,
  ...options } = {}) {
  const { server, browser } = await openWorld();
  const { page, log, close } = await openPage(browser, `${server.url}/${hash}`,
    options);

  try {
    if (wait)
      await drawn(page);
    await run(page, log, server);
    assert.deepEqual(log.outside, [], 'requests to other servers');
    if (!errors)
      assert.deepEqual(log.errors, [], 'errors in the console');
  } finally {
    await close();
  }
}

/* text: what a reader sees of an element. */
export function text(page, selector) {
  return page.locator(selector).innerText();
}

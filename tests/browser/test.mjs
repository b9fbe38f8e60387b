/*
 * test.mjs -- the map's promises, in values and in Debian's chromium:
 *
 *     node tests/browser/test.mjs [words of a promise]
 *
 * The last line counts; the exit status is 1 when one failed.
 */
import { run } from './harness.mjs';
import './values.mjs';
import './pages.mjs';
import './states.mjs';
import { closeWorld } from './world.mjs';

const good = await run(process.argv[2]);
await closeWorld();
process.exitCode = good ? 0 : 1;

/*
 * harness.mjs -- tests in order, one line each, counted at the end.
 */

const tests = [];

/* test: a promise in words, and what holds it. */
export function test(promise, run) {
  tests.push({ promise, run });
}

/* run: all tests whose promise holds `words`; false when one failed. */
export async function run(words = '') {
  let passed = 0, failed = 0;

  for (const t of tests.filter((x) => x.promise.includes(words))) {
    const start = performance.now();
    try {
      await t.run();
      passed += 1;
      console.log(`ok    ${t.promise} ` +
        `(${Math.round(performance.now() - start)} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${t.promise}\n      ${error.stack}`);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0;
}

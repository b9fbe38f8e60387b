/*
 * api.mjs -- the coordinator's HTTP API, read only.
 *
 * Addresses are taken from the page's own, so that the map also works below
 * a path of a proxy. Answers never change under one address (a release is
 * final), so each is asked for once per page, except the list of releases.
 */

const base = new URL('v1/', document.baseURI);
const kept = new Map();
const KEPT_MAX = 64; /* answers; the oldest is forgotten first */

/* ApiError: status 0 means that no answer came at all. */
export class ApiError extends Error {
  constructor(status, title, detail) {
    super(detail || title);
    this.status = status;
    this.title = title;
  }
}

/* The problem+json of a refused request, or what its status line says. */
async function problem(response) {
  let body = {};

  try {
    body = await response.json();
  } catch {
    /* Not JSON: a proxy's page; the status says enough. */
  }
  return new ApiError(response.status,
    body.title || `The server answered ${response.status}`,
    body.detail || response.statusText);
}

async function ask(url) {
  let response;

  try {
    response = await fetch(url, { headers: { Accept: 'application/json' } });
  } catch {
    throw new ApiError(0, 'The server cannot be reached',
      'No answer came. It may be stopped or restarting.');
  }
  if (!response.ok)
    throw await problem(response);
  try {
    return await response.json();
  } catch {
    throw new ApiError(response.status, 'The answer was cut short',
      'What the server sent is not whole.');
  }
}

function once(url) {
  const key = url.href;
  let answer = kept.get(key);

  if (!answer) {
    if (kept.size >= KEPT_MAX)
      kept.delete(kept.keys().next().value);
    answer = ask(url);
    kept.set(key, answer);
    answer.catch(() => kept.delete(key));
  }
  return answer;
}

/* cellsUrl: where the numbers of one view are, as json, csv or geojson. */
export function cellsUrl(view, format) {
  const url = new URL(
    `releases/${encodeURIComponent(view.release)}/cells.${format}`, base);

  url.searchParams.set('theme', view.theme);
  url.searchParams.set('slice', view.slice);
  url.searchParams.set('source', view.source);
  url.searchParams.set('level', view.level);
  return url;
}

/* releases: all summaries, newest first; asked for afresh each time. */
export async function releases() {
  return (await ask(new URL('releases', base))).releases;
}

/* release: one summary with its totals. */
export function release(id) {
  return once(new URL(`releases/${encodeURIComponent(id)}`, base));
}

/* cells: the numbers of one view. */
export function cells(view) {
  return once(cellsUrl(view, 'json'));
}

/* shapes: the polygons of a level of a release; the same for each view. */
export function shapes(view) {
  return once(cellsUrl(view, 'geojson'));
}

/* areas: "forces" or "lads", the outlines to draw beneath. */
export function areas(name) {
  return once(new URL(`areas/${name}.geojson`, base));
}

/*
 * fixture.mjs -- a coordinator's HTTP side without a coordinator.
 *
 * Same addresses, same headers, made-up releases. Run by itself it serves
 * until stopped:  node tests/browser/fixture.mjs [port]
 */
import http from 'node:http';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { cells, geojson, RELEASES, shapes, totals } from './releases.mjs';

const MAP = new URL('../../map/', import.meta.url);
const SERVED = new RegExp('^(index\\.html|icon\\.svg|[a-z]+\\.(mjs|css)|' +
  'node_modules/maplibre-gl/dist/[a-z-]+\\.(mjs|css))$');
const TYPES = { html: 'text/html; charset=utf-8', css: 'text/css',
  mjs: 'text/javascript', svg: 'image/svg+xml', json: 'application/json',
  geojson: 'application/geo+json', csv: 'text/csv; charset=utf-8',
  problem: 'application/problem+json' };
const HEADERS = {
  'Content-Security-Policy': "default-src 'self'; script-src 'self'; " +
    "style-src 'self'; img-src 'self'; worker-src 'self'; " +
    "connect-src 'self'; object-src 'none'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

function send(res, status, type, body) {
  res.writeHead(status, { ...HEADERS, 'Content-Type': TYPES[type] });
  res.end(body);
}

function problem(res, status, title, detail) {
  send(res, status, 'problem', JSON.stringify({ type: 'about:blank', title,
    status, detail }));
}

function csv(answer) {
  return ['code,name,value,low,high,display', ...answer.cells.map((c) =>
    [c.code, JSON.stringify(c.name), c.value, c.low, c.high, c.display]
      .join(','))]
    .join('\r\n');
}

function serveRelease(res, release, rest, query) {
  const view = { theme: query.get('theme'), slice: query.get('slice'),
    source: query.get('source'), level: query.get('level') };

  if (!rest)
    return send(res, 200, 'json', JSON.stringify({ ...release,
      totals: totals(release) }));
  if (rest === 'cells.json')
    return send(res, 200, 'json', JSON.stringify(cells(release, view)));
  if (rest === 'cells.csv')
    return send(res, 200, 'csv', csv(cells(release, view)));
  if (rest === 'cells.geojson')
    return send(res, 200, 'geojson', JSON.stringify(shapes(release, view)));
  return problem(res, 404, 'Not found', 'No such thing.');
}

function serveApi(res, path, query, scenario) {
  const [, id, rest] = /^releases\/([0-9a-f]{64})(?:\/(.*))?$/.exec(path) || [];
  const release = RELEASES.find((r) => r.id === id);

  if (scenario === 'broken')
    return problem(res, 503, 'The store is not open',
      'The coordinator cannot read its releases now.');
  if (path === 'health')
    return send(res, 200, 'json', '{"status":"ok"}');
  if (path === 'releases')
    return send(res, 200, 'json', JSON.stringify({ releases:
      scenario === 'empty' ? [] : RELEASES }));
  if (path === 'areas/forces.geojson' || path === 'areas/lads.geojson')
    return send(res, 200, 'geojson', geojson(path.slice(6, -8)));
  if (release)
    return serveRelease(res, release, rest, query);
  return problem(res, 404, 'Not found', 'No release has this id.');
}

async function serveMap(res, path) {
  try {
    const body = await readFile(fileURLToPath(new URL(path, MAP)));
    send(res, 200, path.split('.').at(-1), body);
  } catch {
    problem(res, 404, 'Not found', 'No such file.');
  }
}

/*
 * startFixture: resolves to { url, scenario(name), slow(words), close() }.
 * scenario is "normal", "empty" (no release), "broken" (503) or "gone" (hangs
 * up); answers whose address holds the words of slow() come 1.5 s late.
 */
export function startFixture(port = 0) {
  let scenario = 'normal';
  let slow = null;
  const server = http.createServer(async (req, res) => {
    if (slow && req.url.includes(slow))
      await new Promise((resolve) => setTimeout(resolve, 1500));
    const url = new URL(req.url, 'http://fixture');
    const path = url.pathname.slice(1);

    if (path.startsWith('v1/') && scenario === 'gone')
      return req.socket.destroy();
    if (path.startsWith('v1/'))
      return serveApi(res, path.slice(3), url.searchParams, scenario);
    if (path === '')
      return serveMap(res, 'index.html');
    if (path.startsWith('map/') && SERVED.test(path.slice(4)))
      return serveMap(res, path.slice(4));
    return problem(res, 404, 'Not found', 'No such address.');
  });

  return new Promise((resolve) => server.listen(port, '127.0.0.1', () =>
    resolve({
      url: `http://127.0.0.1:${server.address().port}`,
      scenario: (name) => (scenario = name),
      slow: (words) => (slow = words),
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    })));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startFixture(Number(process.argv[2] || 8089));
  console.log(url);
}

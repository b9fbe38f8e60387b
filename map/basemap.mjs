/*
 * basemap.mjs -- the map itself: sea, land, outlines, camera.
 *
 * MapLibre's own files are served as they come, its worker beside them: no
 * blob:, no inline script, no glyphs, no sprites, no tiles from elsewhere.
 */
import { Map as MapView, NavigationControl, ScaleControl, setWorkerUrl }
  from './node_modules/maplibre-gl/dist/maplibre-gl.mjs';
import { surfaces } from './colour.mjs';

const WORKER = './node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs';
const NOTHING = { type: 'FeatureCollection', features: [] };
const BRITAIN = [[-6.6, 49.7], [2.0, 56.0]];

function style(dark) {
  const c = surfaces(dark);

  return {
    version: 8,
    sources: {
      lads: { type: 'geojson', data: NOTHING },
      borders: { type: 'geojson', data: NOTHING },
      cells: { type: 'geojson', data: NOTHING, promoteId: 'code' },
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': c.sea } },
      { id: 'land', type: 'fill', source: 'lads',
        paint: { 'fill-color': c.land, 'fill-antialias': false } },
      { id: 'lad-lines', type: 'line', source: 'lads',
        paint: { 'line-color': c.line,
          'line-width': ['interpolate', ['linear'], ['zoom'], 6, 0.4, 12, 1.4],
        } },
      { id: 'force-lines', type: 'line', source: 'borders',
        filter: ['!=', ['get', 'other'], ''],
        layout: { 'line-cap': 'round' },
        paint: { 'line-color': c.force, 'line-opacity': 0.7,
          'line-width': ['interpolate', ['linear'], ['zoom'], 6, 0.8, 12, 2],
        } },
    ],
  };
}

/* able: can this browser draw at all? Without WebGL 2 the table remains. */
export function able() {
  const probe = document.createElement('canvas').getContext('webgl2');

  probe?.getExtension('WEBGL_lose_context')?.loseContext();
  return probe !== null;
}

/*
 * makeMap: the map in an element, once its style stands. It keeps its drawing
 * buffer so that a printed page has the map on it.
 */
export function makeMap(container, dark) {
  setWorkerUrl(new URL(WORKER, import.meta.url).href);
  const map = new MapView({
    container,
    style: style(dark),
    bounds: BRITAIN,
    attributionControl: false,
    canvasContextAttributes: { preserveDrawingBuffer: true, antialias: true },
    dragRotate: false,
    pitchWithRotate: false,
    maxPitch: 0,
    maxZoom: 15,
    minZoom: 4,
    renderWorldCopies: false,
    fadeDuration: 0,
  });

  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-right');
  map.getCanvas().setAttribute('aria-label',
    'Map. Arrow keys move it, plus and minus zoom; the place under the ' +
    'cross is read out. The table holds the same numbers.');
  return new Promise((resolve, reject) => {
    map.once('load', () => resolve(map));
    map.once('error', (event) => reject(event.error));
  });
}

/* setArea: give one of the outlines its features. */
export function setArea(map, name, collection) {
  map.getSource(name).setData(collection);
}

/* dress: surfaces for light or dark surroundings. */
export function dress(map, dark) {
  const c = surfaces(dark);

  map.setPaintProperty('sea', 'background-color', c.sea);
  map.setPaintProperty('land', 'fill-color', c.land);
  map.setPaintProperty('lad-lines', 'line-color', c.line);
  map.setPaintProperty('force-lines', 'line-color', c.force);
}

/* show: move to bounds [w, s, e, n]; at once where motion is unwelcome. */
export function show(map, [w, s, e, n], options = {}) {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;

  map.fitBounds([[w, s], [e, n]],
    { padding: 28, maxZoom: 13, duration: still ? 0 : 400, ...options });
}

/*
 * colour.mjs -- the colours of the map, for light and dark surroundings.
 *
 * The sequence runs through OKLab (Ottosson 2020), in which equal steps look
 * equal. Lightness falls (in the dark: rises) all the way, so that order is
 * kept in grey, on paper and under every common form of colour blindness; a
 * test holds that.
 */

/* Anchors as [lightness, chroma, hue in degrees]: straw, teal, indigo. */
const LIGHT = [[0.93, 0.1, 103], [0.79, 0.11, 160], [0.63, 0.11, 215],
  [0.46, 0.13, 262], [0.29, 0.12, 288]];
const DARK = [[0.38, 0.09, 288], [0.5, 0.11, 262], [0.64, 0.1, 215],
  [0.79, 0.12, 160], [0.94, 0.12, 103]];

const SURFACES = {
  light: {
    sea: '#dbe5ea', land: '#f8f6f1', line: '#c9c6be', force: '#85888c',
    noisy: '#cfcbc5', dot: '#98938b', hatch: '#8b5a2b', halo: '#ffffff',
    pick: '#111417', label: '#4a4f54',
  },
  dark: {
    sea: '#0f1418', land: '#20262b', line: '#363d44', force: '#7b848c',
    noisy: '#6a6b6c', dot: '#a3a5a7', hatch: '#d9a066', halo: '#0f1418',
    pick: '#ffffff', label: '#c3c9ce',
  },
};

/* One channel of linear light in [0, 1] as an sRGB byte. */
function byte(x) {
  const c = Math.min(1, Math.max(0, x));
  const s = c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055;

  return Math.round(255 * s);
}

/* OKLab to "#rrggbb"; what lies outside sRGB is clipped per channel. */
function hex([L, a, b]) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;

  return '#' + [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((x) => byte(x).toString(16).padStart(2, '0')).join('');
}

function lab([L, C, h]) {
  const t = h * Math.PI / 180;

  return [L, C * Math.cos(t), C * Math.sin(t)];
}

/* ramp: n colours, low to high, evenly spaced over the whole sequence. */
export function ramp(n, dark) {
  const anchors = (dark ? DARK : LIGHT).map(lab);

  return Array.from({ length: n }, (_, i) => {
    const t = (n === 1 ? 0.5 : i / (n - 1)) * (anchors.length - 1);
    const k = Math.min(anchors.length - 2, Math.floor(t));

    return hex(anchors[k].map((x, j) => x + (t - k) * (anchors[k + 1][j] - x)));
  });
}

/* surfaces: everything that is not a value. */
export function surfaces(dark) {
  return SURFACES[dark ? 'dark' : 'light'];
}

/* bytes: "#rrggbb" as [r, g, b]. */
export function bytes(colour) {
  return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
}

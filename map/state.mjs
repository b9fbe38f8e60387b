/*
 * state.mjs -- what is shown, and its address.
 *
 * The whole view stands in the part of the address after '#', so a link
 * shows another person the same thing. Nothing of it is sent to the server.
 */

const KEYS = ['release', 'theme', 'source', 'slice', 'level', 'view', 'at',
  'place'];

/* parse: "#theme=asb&view=table" as an object of known keys only. */
export function parse(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const state = {};

  for (const key of KEYS)
    if (words.get(key))
      state[key] = words.get(key).slice(0, 200);
  return state;
}

/* format: the inverse of parse; keys in fixed order, empty ones left out. */
export function format(state) {
  const words = new URLSearchParams();

  for (const key of KEYS)
    if (state[key])
      words.set(key, state[key]);
  return `#${words.toString().replaceAll('%2F', '/')}`;
}

/* camera: "8.5/51.6/-3.2" as { zoom, lat, lon }, or null. */
export function camera(text) {
  const [zoom, lat, lon] = (text || '').split('/').map(Number);

  if (![zoom, lat, lon].every(Number.isFinite) || zoom < 0 || zoom > 22 ||
      Math.abs(lat) > 85 || Math.abs(lon) > 180)
    return null;
  return { zoom, lat, lon };
}

/* pick: the wanted word if it is offered, otherwise the fallback. */
function pick(offered, wanted, fallback) {
  return offered.includes(wanted) ? wanted : fallback;
}

/*
 * settle: a wanted state made into one that this release can show.
 * Months are shown last first: what is newest is asked for most.
 */
export function settle(wanted, release) {
  const themes = release.themes.map((t) => t.key);
  const sources = release.sources.map((s) => s.key);
  const { slices, sums = [] } = release.months;
  const levels = release.geography.levels.map((l) => l.key);

  return {
    release: release.id,
    theme: pick(themes, wanted.theme, themes[0]),
    source: pick(sources, wanted.source, sources[0]),
    slice: pick([...slices, ...sums], wanted.slice, slices.at(-1)),
    level: pick(levels, wanted.level, levels[0]),
    view: pick(['map', 'table'], wanted.view, 'map'),
    at: camera(wanted.at) ? wanted.at : undefined,
    place: wanted.place,
  };
}

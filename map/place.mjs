/*
 * place.mjs -- small plane geometry on longitude and latitude.
 *
 * For drawing and for naming what stands where on the map; no record is ever
 * placed by it.
 */

/* polygons: a Polygon or MultiPolygon as a list of lists of rings. */
export function polygons(geometry) {
  if (!geometry)
    return [];
  return geometry.type === 'Polygon' ? [geometry.coordinates] :
    geometry.coordinates;
}

/* boundsOf: [west, south, east, north] of features; null when there are none. */
export function boundsOf(features) {
  let w = Infinity, s = Infinity, e = -Infinity, n = -Infinity;

  for (const f of features)
    for (const rings of polygons(f.geometry))
      for (const [x, y] of rings[0]) {
        w = Math.min(w, x);
        e = Math.max(e, x);
        s = Math.min(s, y);
        n = Math.max(n, y);
      }
  return w <= e ? [w, s, e, n] : null;
}

/* Twice the signed area of a ring, and its centroid. */
function ringCentre(ring) {
  const [ox, oy] = ring[0];
  let area = 0, x = 0, y = 0;

  for (let i = 0; i + 1 < ring.length; i += 1) {
    const ax = ring[i][0] - ox, ay = ring[i][1] - oy;
    const bx = ring[i + 1][0] - ox, by = ring[i + 1][1] - oy;
    const cross = ax * by - bx * ay;

    area += cross;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  }
  if (area === 0)
    return { area: 0, at: ring[0] };
  return { area: Math.abs(area),
    at: [ox + x / (3 * area), oy + y / (3 * area)] };
}

/* centre: the centroid of the largest polygon, and its size. */
export function centre(geometry) {
  return polygons(geometry).map((rings) => ringCentre(rings[0]))
    .reduce((a, b) => (b.area > a.area ? b : a), { area: -1, at: null });
}

/* Even-odd rule: a half-open test per edge, so no corner counts twice. */
function ringHas(ring, [x, y]) {
  let within = false;

  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [ax, ay] = ring[i], [bx, by] = ring[j];

    if ((ay > y) !== (by > y) && x < ax + (bx - ax) * (y - ay) / (by - ay))
      within = !within;
  }
  return within;
}

/* has: is the point inside the geometry, holes left out? */
export function has(geometry, point) {
  return polygons(geometry).some((rings) => ringHas(rings[0], point) &&
    !rings.slice(1).some((hole) => ringHas(hole, point)));
}

/* nearby: the corners and middles of edges of a square, and as many half as far
 * out again; none of a shape with more corners. */
function nearby(geometry, at) {
  const ring = polygons(geometry)[0]?.[0] || [];

  if (!at || ring.length !== 5)
    return [];
  const edge = ring.slice(1).flatMap(([x, y], i) =>
    [[x, y], [(x + ring[i][0]) / 2, (y + ring[i][1]) / 2]]);
  return [1, 1.5].flatMap((f) => edge.map(([x, y]) =>
    [at[0] + f * (x - at[0]), at[1] + f * (y - at[1])]));
}

/*
 * areaOf: the feature that holds the centre of each shape, by its code; for a
 * square at the edge, one that holds a point close by. Simplified outlines
 * leave slivers: a shape that none holds has no entry, nor has one at sea.
 */
export function areaOf(shapes, areas) {
  const boxes = areas.map((a) => ({ area: a, box: boundsOf([a]) }));
  const holder = (at) => boxes.find(({ area, box }) => box &&
    at[0] >= box[0] && at[0] <= box[2] && at[1] >= box[1] &&
    at[1] <= box[3] && has(area.geometry, at));
  const found = new Map();

  for (const shape of shapes) {
    const { at } = centre(shape.geometry);
    let hit = at && holder(at);

    for (const point of hit ? [] : nearby(shape.geometry, at))
      hit ||= holder(point);
    if (hit)
      found.set(shape.properties.code, hit.area.properties);
  }
  return found;
}

/*
 * agencies.mjs -- who answered, who did not, and where that matters.
 */
import { list } from './words.mjs';

const SILENT = {
  absent: 'did not answer',
  late: 'answered too late',
  refused: 'refused to answer',
};

/* relevant: the agencies whose numbers a source is made of. */
export function relevant(release, source) {
  return release.nodes.filter((n) => source === 'all' || n.sector === source);
}

/* answered, missing: the two halves of them. */
export function answered(release, source) {
  return relevant(release, source).filter((n) => n.state === 'answered');
}

export function missing(release, source) {
  return relevant(release, source).filter((n) => n.state !== 'answered');
}

/* synthetic: those that contribute made-up records to this source. */
export function synthetic(release, source) {
  return answered(release, source).filter((n) => n.synthetic);
}

/* nameOf: the name, marked where its records are made up and it does not say
 * so itself. */
export function nameOf(node) {
  return node.synthetic && !/synthetic/i.test(node.name) ?
    `${node.name} (synthetic)` : node.name;
}

/* stateOf: "refused to answer: over its monthly budget". */
export function stateOf(node) {
  if (node.state === 'answered')
    return 'answered';
  const said = SILENT[node.state] || `is ${node.state}`;

  return node.reason ? `${said}: ${node.reason}` : said;
}

/* whoAnswered: one short sentence for a tooltip. */
export function whoAnswered(release, source) {
  const all = relevant(release, source);
  const there = answered(release, source);

  if (there.length === 0)
    return 'No agency answered.';
  if (there.length > 4)
    return `${there.length} of ${all.length} agencies answered.`;
  return `Answered: ${list(there.map(nameOf))}` +
    (there.length < all.length ? ` (${there.length} of ${all.length}).` : '.');
}

/*
 * uncovered: does no agency of this source hold records of the force area? A
 * grid reaches beyond the areas asked about, and a hospital's numbers beyond
 * where it is: noise there must not read as few incidents.
 */
export function uncovered(release, source, area) {
  const all = relevant(release, source);

  return area !== undefined && all.every((n) => n.covers?.length > 0 &&
    n.covers.every((c) => c.code !== area));
}

/*
 * gaps: force area code -> { silent: [node], all: bool }, for each area that
 * an agency of this source covers and did not answer for. `all` is true where
 * nobody who covers the area answered: its cells hold noise and little else.
 */
export function gaps(release, source) {
  const found = new Map();

  for (const node of missing(release, source))
    for (const area of node.covers || []) {
      const gap = found.get(area.code) || { silent: [], all: true };
      gap.silent.push(node);
      found.set(area.code, gap);
    }
  for (const node of answered(release, source))
    for (const area of node.covers || [])
      if (found.has(area.code))
        found.get(area.code).all = false;
  return found;
}

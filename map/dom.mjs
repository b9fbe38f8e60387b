/*
 * dom.mjs -- elements made from values, never from markup.
 *
 * Everything shown comes from elsewhere (titles, names, reasons), so text is
 * only ever set as text: no module of the map parses a string as HTML.
 */

/*
 * el: an element with properties and children.
 *
 * props     `class`, `text`, `on` (event name -> listener), `data` (dataset);
 *           any other name is an attribute. null, undefined and false leave
 *           the attribute out, true sets it empty.
 * children  nodes or strings; null and false are skipped.
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false)
      continue;
    if (name === 'class')
      node.className = value;
    else if (name === 'text')
      node.textContent = value;
    else if (name === 'on')
      for (const [type, listener] of Object.entries(value))
        node.addEventListener(type, listener);
    else if (name === 'data')
      Object.assign(node.dataset, value);
    else
      node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== false));
  return node;
}

/* byId: the element of index.html with this id; its absence is our bug. */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node)
    throw new Error(`index.html has no element "${id}"`);
  return node;
}

/* fill: replace what an element holds. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter(Boolean));
}

/* describe: rows of [term, value] as a definition list; empty values skipped. */
export function describe(rows) {
  return el('dl', {}, rows
    .filter(([, value]) => value !== null && value !== undefined &&
      value !== '')
    .map(([term, value]) => [el('dt', { text: term }),
      el('dd', {}, value)]));
}

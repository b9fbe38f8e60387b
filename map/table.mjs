/*
 * table.mjs -- the same numbers as a table: sort, filter, pages.
 */
import { el, fill } from './dom.mjs';
import { className } from './legend.mjs';
import { count, estimate, number } from './words.mjs';

const PAGE = 100;
const COLUMNS = [
  { key: 'name', label: 'Place' },
  { key: 'code', label: 'Code' },
  { key: 'display', label: 'Number', numeric: true },
  { key: 'value', label: 'Estimate', numeric: true },
  { key: 'low', label: '95 % from', numeric: true },
  { key: 'high', label: '95 % to', numeric: true },
  { key: 'class', label: 'Reading', numeric: true },
];
const byName = new Intl.Collator('en-GB', { numeric: true });

/* sorted: a copy of the rows in the wanted order; ties by name. */
export function sorted(rows, key, down) {
  const numeric = COLUMNS.find((c) => c.key === key).numeric;
  const sign = down ? -1 : 1;

  return [...rows].sort((a, b) => sign * (numeric ? a[key] - b[key] :
    byName.compare(a[key], b[key])) || byName.compare(a.name, b.name));
}

/* filtered: rows whose name or code holds the words, in any case. */
export function filtered(rows, words) {
  const wanted = words.trim().toLocaleLowerCase('en-GB');

  return wanted === '' ? rows : rows.filter((r) =>
    `${r.name} ${r.code}`.toLocaleLowerCase('en-GB').includes(wanted));
}

/*
 * makeTable: nodes = { head, body, caption, filter, pages }; onPick(code) is
 * called when a place is chosen. Returns { set({ rows, bounds, caption }) };
 * rows have name, code, display, value, low, high, class.
 */
export function makeTable(nodes, onPick) {
  let view = { rows: [], bounds: [], caption: '' };
  let order = { key: 'display', down: true };
  let page = 0;

  function line(r) {
    const name = el('button', { type: 'button', class: 'link', text: r.name,
      title: 'Show on the map', on: { click: () => onPick(r.code) } });

    return el('tr', {}, el('th', { scope: 'row' }, name),
      el('td', { text: r.code }),
      ...[number(r.display), estimate(r.value), number(Math.floor(r.low)),
        number(Math.ceil(r.high))].map((text) =>
        el('td', { class: 'number', text })),
      el('td', { text: className(r.class, view.bounds) }));
  }

  function turn(by) {
    page += by;
    draw();
    nodes.body.closest('.scroll').scrollTop = 0;
  }

  function drawPages(total) {
    const last = Math.max(0, Math.ceil(total / PAGE) - 1);
    const from = total === 0 ? 0 : page * PAGE + 1;
    const to = Math.min(total, (page + 1) * PAGE);

    fill(nodes.pages,
      el('button', { type: 'button', text: 'Previous', disabled: page === 0,
        on: { click: () => turn(-1) } }),
      el('span', { role: 'status',
        text: `${number(from)} to ${number(to)} of ${count(total, 'place')}` }),
      el('button', { type: 'button', text: 'Next', disabled: page >= last,
        on: { click: () => turn(1) } }));
  }

  function draw() {
    const rows = sorted(filtered(view.rows, nodes.filter.value), order.key,
      order.down);

    for (const th of nodes.head.querySelectorAll('th'))
      th.setAttribute('aria-sort', th.dataset.key !== order.key ? 'none' :
        order.down ? 'descending' : 'ascending');
    nodes.caption.textContent = view.caption;
    fill(nodes.body, rows.slice(page * PAGE, (page + 1) * PAGE).map(line));
    drawPages(rows.length);
  }

  function sortBy(column) {
    order = { key: column.key, down: order.key === column.key ?
      !order.down : Boolean(column.numeric) };
    page = 0;
    draw();
  }

  fill(nodes.head, el('tr', {}, COLUMNS.map((c) =>
    el('th', { scope: 'col', class: c.numeric && c.key !== 'class' ? 'number' : null,
      data: { key: c.key } },
    el('button', { type: 'button', text: c.label,
      on: { click: () => sortBy(c) } })))));
  nodes.filter.addEventListener('input', () => {
    page = 0;
    draw();
  });
  return {
    set(next) {
      view = next;
      page = 0;
      draw();
    },
  };
}

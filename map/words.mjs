/*
 * words.mjs -- numbers, months and lists as people read them.
 */

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 });
const fine = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 4 });
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June',
  'July', 'August', 'September', 'October', 'November', 'December'];

/* number: a whole number with separators and a true minus sign. */
export function number(n) {
  return whole.format(n).replace('-', '\u2212');
}

/* decimal: up to four decimals, for the technical figures. */
export function decimal(n) {
  return fine.format(n).replace('-', '\u2212');
}

/* estimate: with one decimal at most. */
export function estimate(n) {
  return tenths.format(n).replace('-', '\u2212');
}

/* range: "12 to 68", rounded outwards. */
export function range(low, high) {
  return `${number(Math.floor(low))} to ${number(Math.ceil(high))}`;
}

/* plusMinus: "\u00b1 28", or "\u00b1 26 to \u00b1 31", rounded up. */
export function plusMinus(least, most) {
  const [a, b] = [least, most].map((h) => `\u00b1 ${number(Math.ceil(h))}`);

  return a === b ? a : `${a} to ${b}`;
}

/* month: "2021-03" as "March 2021"; other text as it stands. */
export function month(text) {
  const m = /^(\d{4})-(\d{2})$/.exec(text);

  return m && MONTHS[m[2] - 1] ? `${MONTHS[m[2] - 1]} ${m[1]}` : text;
}

/* period: first and last month, said once where they share a year. */
export function period(first, last) {
  if (first === last)
    return month(first);
  if (first.slice(0, 4) === last.slice(0, 4))
    return `${month(first).split(' ')[0]} to ${month(last)}`;
  return `${month(first)} to ${month(last)}`;
}

/* when: the months that a slice of a release covers: "sum", "total" (all of
 * them), "to-2021-05" (from the first) or one. */
export function when(release, slice) {
  const { first, last } = release.months;

  if (slice === 'sum' || slice === 'total')
    return period(first, last);
  return slice.startsWith('to-') ? period(first, slice.slice(3)) :
    month(slice);
}

/* list: "a, b and c". */
export function list(names) {
  if (names.length < 2)
    return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/* count: "1 place", "12 places". */
export function count(n, one, many = `${one}s`) {
  return `${number(n)} ${n === 1 ? one : many}`;
}

/* The letters of a 100 km square of the National Grid, I left out. */
function gridLetters(east, north) {
  const row = 19 - Math.floor(north / 100);
  const column = Math.floor(east / 100) + 10;
  const letter = (k) => String.fromCharCode(65 + k + (k > 7 ? 1 : 0));

  return letter(row - row % 5 + Math.floor(column / 5)) +
    letter(row * 5 % 25 + column % 5);
}

/*
 * placeName: the name of a cell; a square of whole kilometres by its National
 * Grid reference, "ST 16 73 (1 km)", since its code is for programs.
 */
export function placeName({ code, name }) {
  const m = /^E(\d{4})N(\d{4})-(\d+)000$/.exec(code);
  const two = (km) => String(km % 100).padStart(2, '0');

  if (!m || (name && name !== code))
    return name || code;
  return `${gridLetters(m[1], m[2])} ${two(m[1])} ${two(m[2])} (${m[3]} km)`;
}

/* day: a timestamp as "24 November 2026, 16:54 UTC"; other text as it is. */
export function day(stamp) {
  const t = new Date(typeof stamp === 'number' ? stamp * 1000 : stamp);

  if (Number.isNaN(t.getTime()))
    return String(stamp);
  const hhmm = t.toISOString().slice(11, 16);
  return `${t.getUTCDate()} ${MONTHS[t.getUTCMonth()]} ` +
    `${t.getUTCFullYear()}, ${hhmm} UTC`;
}

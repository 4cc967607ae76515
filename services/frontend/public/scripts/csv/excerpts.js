// The rows of the file that have problems, split into cells, with the bad cells marked. No DOM.

const MAX_CELLS = 9; // a row of features has 180; the cells around the marked one are enough

// One excerpt per row: { row, problems: [API error], cells: [{ name, text, marked }],
// cutBefore, cutAfter }. Without the text of the line, there are no cells. Problems with the whole
// file have no row.
export function excerptsOf(errors, read) {
  const separator = separatorIn(read?.header?.text ?? '');
  const names = read?.header ? fieldsOf(read.header.text, separator) : [];
  return byRow(errors).map(([row, problems]) => {
    const isHeader = row !== null && row === read?.header?.number;
    const text = isHeader ? read.header.text : read?.lines.get(row);
    if (text === undefined || row === null) return { row, problems, ...around([]) };
    const cells = cellsOf(names, fieldsOf(text, separator), isHeader, problems);
    return { row, problems, ...around(cells) };
  });
}

// The separator of a line. Decimal commas may be among the others.
export function separatorIn(line) {
  return [';', '\t', '|'].find((separator) => line.includes(separator)) ?? ',';
}

// Splits a line as the API does: a quoted field may contain separators, and two quotation marks
// mean one.
export function fieldsOf(line, separator) {
  if (!line.includes('"')) return line.split(separator).map((field) => field.trim());
  const fields = [''];
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at];
    if (character === '"' && quoted && line[at + 1] === '"') {
      fields[fields.length - 1] += '"';
      at += 1;
    } else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) fields.push('');
    else fields[fields.length - 1] += character;
  }
  return fields.map((field) => field.trim());
}

function byRow(errors) {
  const groups = new Map();
  for (const error of errors) {
    const row = error.row ?? null;
    // Each problem with the whole file is shown separately.
    const key = row ?? Symbol('whole file');
    if (groups.has(key)) groups.get(key)[1].push(error);
    else groups.set(key, [row, [error]]);
  }
  return [...groups.values()];
}

function cellsOf(names, fields, isHeader, problems) {
  const meant = new Set(problems.map(({ column }) => column));
  const bad = badCells(names.length, fields);
  return [...Array(Math.max(names.length, fields.length)).keys()].map((index) => ({
    name: isHeader ? null : names[index] ?? null,
    text: fields[index] ?? null,
    marked: bad.has(index) || (index < names.length && meant.has(bareName(names[index]))),
  }));
}

// Some exports write "<DATE>" for the column that the API calls "DATE".
function bareName(written) {
  return written.replace(/^<(.*)>$/, '$1');
}

// The bad cells of a row that is longer or shorter than the header: the cells missing at the end,
// adjacent whole numbers that a decimal comma may have split, or otherwise the surplus cells.
function badCells(width, fields) {
  if (fields.length === width) return new Set();
  const start = Math.min(width, fields.length);
  const ends = [...Array(Math.abs(fields.length - width)).keys()].map((index) => start + index);
  if (fields.length < width) return new Set(ends);
  const isWhole = (index) => /^[+-]?\d+$/.test(fields[index] ?? '');
  const hasWholeNeighbour = (index) => isWhole(index - 1) || isWhole(index + 1);
  const split = [...fields.keys()].filter((index) => isWhole(index) && hasWholeNeighbour(index));
  return new Set(split.length > 0 ? split : ends);
}

function around(cells) {
  if (cells.length <= MAX_CELLS) return { cells, cutBefore: false, cutAfter: false };
  const marked = Math.max(0, cells.findIndex((cell) => cell.marked));
  const start = Math.min(Math.max(0, marked - Math.floor(MAX_CELLS / 2)), cells.length - MAX_CELLS);
  const shown = cells.slice(start, start + MAX_CELLS);
  return { cells: shown, cutBefore: start > 0, cutAfter: start + MAX_CELLS < cells.length };
}

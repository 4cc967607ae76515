// The rows of the file that a problem speaks of, cut into cells, with those marked that are meant. No DOM.

const MOST_CELLS = 9; // a row of features has 180: those around the marked one are enough

// One excerpt for each place: { row, problems: errors of the API, cells: [{ name, text, marked }], cutBefore, cutAfter }.
// Without the line at hand there are no cells; without a row the problem is of the whole file.
export function excerptsOf(errors, read) {
  const separator = separatorIn(read?.header?.text ?? '');
  const names = read?.header ? fieldsOf(read.header.text, separator) : [];
  return byRow(errors).map(([row, problems]) => {
    const isHeader = row !== null && row === read?.header?.number;
    const text = isHeader ? read.header.text : read?.lines.get(row);
    if (text === undefined || row === null) return { row, problems, cells: [], cutBefore: false, cutAfter: false };
    const cells = cellsOf(names, fieldsOf(text, separator), isHeader, problems);
    return { row, problems, ...around(cells) };
  });
}

// The header says how the file is written, to the API as to this page.
function separatorIn(header) {
  if (header.includes(';')) return ';';
  return header.includes(',') ? ',' : '\t';
}

// As the API splits a line: quotation marks hold a separator, two of them stand for one.
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
    // Problems of the whole file are each shown alone.
    const key = row ?? Symbol('whole file');
    if (groups.has(key)) groups.get(key)[1].push(error);
    else groups.set(key, [row, [error]]);
  }
  return [...groups.values()];
}

function cellsOf(names, fields, isHeader, problems) {
  const meant = new Set(problems.map(({ column }) => column));
  const stray = strayFields(names.length, fields);
  return [...Array(Math.max(names.length, fields.length)).keys()].map((index) => ({
    name: isHeader ? null : names[index] ?? null,
    text: fields[index] ?? null,
    marked: stray.has(index) || (index < names.length && meant.has(bareName(names[index]))),
  }));
}

// The API names a column "DATE" that stands as "<DATE>" in the file, as some exports put it.
function bareName(written) {
  return written.replace(/^<(.*)>$/, '$1');
}

// In a row of another length than the header: what is missing at the end, or the whole numbers side by side, of which a decimal
// comma makes two each, or else what is too much.
function strayFields(width, fields) {
  if (fields.length === width) return new Set();
  const ends = [...Array(Math.abs(fields.length - width)).keys()].map((index) => Math.min(width, fields.length) + index);
  if (fields.length < width) return new Set(ends);
  const isWhole = (index) => /^[+-]?\d+$/.test(fields[index] ?? '');
  const split = [...fields.keys()].filter((index) => isWhole(index) && (isWhole(index - 1) || isWhole(index + 1)));
  return new Set(split.length > 0 ? split : ends);
}

function around(cells) {
  if (cells.length <= MOST_CELLS) return { cells, cutBefore: false, cutAfter: false };
  const marked = Math.max(0, cells.findIndex((cell) => cell.marked));
  const start = Math.min(Math.max(0, marked - Math.floor(MOST_CELLS / 2)), cells.length - MOST_CELLS);
  const shown = cells.slice(start, start + MOST_CELLS);
  return { cells: shown, cutBefore: start > 0, cutAfter: start + MOST_CELLS < cells.length };
}

// The rows of one ticker, cut out of a file with many, in the dialects that the API reads. No DOM.

import { fieldsOf } from './excerpts.js';
import { SEPARATOR_LINE } from './file_lines.js';

const TICKER_COLUMNS = ['ticker', 'symbol', '<ticker>'];
const LONGEST_LINE = 1024 * 1024; // without a line feed in so many characters, carriage returns end the lines

export function rowsOf(text, ticker) {
  const cut = createCut(ticker);
  cut.take(text);
  return cut.end();
}

// For a file that comes in pieces: take() each of them, and end() gives the header and the ticker's rows.
// A ticker of null stands for a file that names none: every row is its own.
export function createCut(ticker) {
  const kept = [];
  let rest = '';
  let lineEnd = null;
  let isOwn = null; // once the header is read

  function take(piece) {
    rest += piece;
    lineEnd ??= lineEndOf(rest);
    if (!lineEnd) return;
    const lines = rest.split(lineEnd);
    rest = lines.pop();
    lines.forEach(takeLine);
  }

  function takeLine(line) {
    const text = line.replace(/^\ufeff/, '').replace(/\r$/, '');
    if (isOwn) {
      if (isOwn(text)) kept.push(text);
    } else if (text.trim() && !SEPARATOR_LINE.test(text)) {
      kept.push(text);
      isOwn = ownRows(text, ticker);
    }
  }

  function end() {
    rest.split(lineEnd ?? '\r').forEach(takeLine);
    return `${kept.join('\n')}\n`;
  }

  return { take, end };
}

function lineEndOf(text) {
  if (text.includes('\n')) return '\n';
  return text.length > LONGEST_LINE ? '\r' : null;
}

function ownRows(header, ticker) {
  const separator = header.includes(';') ? ';' : ',';
  const column = fieldsOf(header, separator).findIndex((name) => TICKER_COLUMNS.includes(name.toLowerCase()));
  if (column < 0) return (line) => line.trim() !== '';
  // Most lines are another ticker's: to look for the letters first is several times as fast as to look for the column.
  const needle = ticker.includes('"') ? '"' : ticker;
  return (line) => line.includes(needle) && fieldAt(line, separator, column) === ticker;
}

function fieldAt(line, separator, column) {
  if (line.includes('"')) return fieldsOf(line, separator)[column];
  let start = 0;
  for (let passed = 0; passed < column; passed += 1) {
    start = line.indexOf(separator, start) + 1;
    if (start === 0) return undefined;
  }
  const stop = line.indexOf(separator, start);
  return line.slice(start, stop < 0 ? undefined : stop).trim();
}

// Extracts one ticker's rows from a file with many tickers, in the dialects that the API accepts.
// No DOM.

import { fieldsOf } from './excerpts.js';
import { SEPARATOR_LINE } from './file_lines.js';

const TICKER_COLUMNS = ['ticker', 'symbol', '<ticker>'];
// If there is no line feed in this many characters, carriage returns end the lines.
const MAX_LINE = 1024 * 1024;

export function rowsOf(text, ticker) {
  const cut = createCut(ticker);
  cut.take(text);
  return cut.end();
}

// Reads a file in pieces: pass each piece to take(); end() then returns the header and the ticker's
// rows. A ticker of null means a file without tickers: every row is kept.
export function createCut(ticker) {
  const kept = [];
  let rest = '';
  let lineEnd = null;
  let isOwn = null; // set by the header

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
  return text.length > MAX_LINE ? '\r' : null;
}

function ownRows(header, ticker) {
  const separator = header.includes(';') ? ';' : ',';
  const names = fieldsOf(header, separator).map((name) => name.toLowerCase());
  const column = names.findIndex((name) => TICKER_COLUMNS.includes(name));
  if (column < 0) return (line) => line.trim() !== '';
  // Most lines belong to other tickers. Searching for the name first rejects them several times
  // faster.
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

// Extracts one ticker's rows from a file with many tickers. No DOM.

import { fieldsOf } from './excerpts.js';

// If there is no line feed in this many characters, carriage returns end the lines.
const MAX_LINE = 1024 * 1024;
// The browsers' names for the API's encodings, where they differ.
const LABELS = {
  cp1252: 'windows-1252', 'latin-1': 'iso-8859-1', cp949: 'euc-kr', euc_jp: 'euc-jp', 'utf-16-le': 'utf-16le', 'utf-16-be': 'utf-16be',
};

export function labelOf(encoding) {
  return LABELS[encoding] ?? encoding;
}

// Whether a file is a workbook, a ZIP file or Parquet, whose rows can't be cut.
//
// start   its first four bytes as text
export function isContainer(start, { sheet }) {
  return sheet !== null || ['PK\x03\x04', 'PAR1'].includes(start);
}

export function rowsOf(text, ticker, reading) {
  const cut = createCut(ticker, reading);
  cut.take(text);
  return cut.end();
}

// Reads a file in pieces: pass each piece to take(); end() then returns the lines up to the header
// and the ticker's rows. If no column has the tickers (they may be in the names of the columns),
// every row is kept.
//
// reading   how the API read the file
export function createCut(ticker, reading) {
  const kept = [];
  let rest = '';
  let lineEnd = null;
  let number = 0;
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
    number += 1;
    const text = line.replace(/^\ufeff/, '').replace(/\r$/, '');
    if (isOwn) {
      if (isOwn(text)) kept.push(text);
    } else {
      kept.push(text);
      if (number === reading.header_line) isOwn = ownRows(text, ticker, reading);
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

function ownRows(header, ticker, { separator, columns }) {
  const isTable = separator.trim() || separator === '\t';
  const column = isTable ? fieldsOf(header, separator).indexOf(columns.Ticker) : -1;
  if (column < 0) return (line) => line.trim() !== '';
  // Most lines belong to other tickers. Searching for the name first rejects them several times
  // faster.
  const needle = ticker.includes('"') ? '"' : ticker;
  return (line) => line.includes(needle) && fieldAt(line, separator, column)?.replace(/^'/, '') === ticker;
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

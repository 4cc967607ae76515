import assert from 'node:assert/strict';
import test from 'node:test';

import { createCut, isContainer, labelOf, rowsOf as cutRows } from '../../public/scripts/csv/ticker_rows.js';
import { reading } from '../answers.js';

// `changes` to the reading: by default, commas, and a column named Ticker on the first line.
const rowsOf = (text, ticker, { column = 'Ticker', ...changes } = {}) => (
  cutRows(text, ticker, { ...reading, columns: { Ticker: column }, ...changes })
);

const FILE = 'Ticker,Date,Close\nAAPL,2013-01-02,1\nIBM,2013-01-02,2\nAAPL,2013-01-03,3\n';
const OWN = 'Ticker,Date,Close\nAAPL,2013-01-02,1\nAAPL,2013-01-03,3\n';

test('a ticker gets the header and its own rows, wherever they are', () => {
  assert.equal(rowsOf(FILE, 'AAPL'), OWN);
});

test('a ticker gets no rows from a ticker whose name contains its own', () => {
  assert.equal(rowsOf('Ticker,Date\nA,1\nAA,2\nBA,3\n', 'A'), 'Ticker,Date\nA,1\n');
});

test('a ticker gets no row with its name in another column', () => {
  assert.equal(rowsOf('Date,Symbol,Note\n1,IBM,like AAPL\n2,AAPL,\n', 'AAPL', { column: 'Symbol' }), 'Date,Symbol,Note\n2,AAPL,\n');
});

test('the ticker column is found by its name in the file, with any separator', () => {
  const changes = { column: 'Ativo', separator: ';' };
  assert.equal(rowsOf('Data;Ativo;Volume\n1;PETR4;2,5\n1;VALE3;3\n', 'PETR4', changes), 'Data;Ativo;Volume\n1;PETR4;2,5\n');
});

test('spaces and quotation marks around a ticker are not part of it', () => {
  assert.equal(rowsOf('"Ticker",Date\n "AAPL" ,1\n AAPL,2\n"A,B",3\n', 'AAPL'), '"Ticker",Date\n "AAPL" ,1\n AAPL,2\n');
});

test('a ticker with a separator or a quotation mark in it is found', () => {
  assert.equal(rowsOf('Ticker,Date\n"A,B",1\n"A""B",2\n', 'A,B'), 'Ticker,Date\n"A,B",1\n');
  assert.equal(rowsOf('Ticker,Date\n"A,B",1\n"A""B",2\n', 'A"B'), 'Ticker,Date\n"A""B",2\n');
});

test('a file is kept whole if no column has its tickers', () => {
  assert.equal(rowsOf('Date,Close\n1,2\n\n3,4\n', null, { column: undefined }), 'Date,Close\n1,2\n3,4\n');
  const wide = 'Price,Close,Close\nTicker,AAPL,IBM\nDate,,\n1,2,3\n';
  assert.equal(rowsOf(wide, 'IBM'), wide);
  const aligned = 'Ticker  Date\nA       1\nB       2\n';
  assert.equal(rowsOf(aligned, 'A', { separator: ' ' }), aligned);
});

test('the lines above the header are kept, without a byte-order mark', () => {
  const changes = { separator: ';', header_line: 3 };
  assert.equal(rowsOf('\ufeffsep=;\r\n\r\nTicker;Date\r\nA;1\r\nB;2\r\n', 'A', changes), 'sep=;\n\nTicker;Date\nA;1\n');
});

test('the rows of workbooks, ZIP files and Parquet are not cut', () => {
  assert.equal(isContainer('PK\x03\x04', reading), true);
  assert.equal(isContainer('PAR1', reading), true);
  assert.equal(isContainer('????', { ...reading, sheet: 'Prices' }), true);
  assert.equal(isContainer('Tick', reading), false);
});

test("an apostrophe that marks a code as text isn't part of the ticker", () => {
  assert.equal(rowsOf("Ticker,Date\n'0700,1\n'0005,2\n", '0700', reading), "Ticker,Date\n'0700,1\n");
});

test('the encodings of the API have their names in browsers', () => {
  for (const encoding of ['utf-8', 'cp1252', 'gb18030', 'shift_jis', 'big5', 'latin-1', 'cp949', 'euc_jp', 'cp1251', 'cp1250', 'cp1254', 'utf-16', 'utf-16-le', 'utf-16-be']) {
    assert.ok(new TextDecoder(labelOf(encoding)));
  }
});

test('lines may end in carriage returns, and the last needs no ending', () => {
  assert.equal(rowsOf(FILE.replaceAll('\n', '\r'), 'AAPL'), OWN);
  assert.equal(rowsOf(FILE.slice(0, -1), 'AAPL'), OWN);
});

test('a file in pieces gives the same rows, wherever it is split', () => {
  const text = FILE.replaceAll('\n', '\r\n');
  for (let size = 1; size < text.length; size += 1) {
    const cut = createCut('AAPL', reading);
    for (let at = 0; at < text.length; at += size) cut.take(text.slice(at, at + size));
    assert.equal(cut.end(), OWN, `pieces of ${size}`);
  }
});

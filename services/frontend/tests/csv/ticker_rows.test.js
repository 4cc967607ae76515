import assert from 'node:assert/strict';
import test from 'node:test';

import { createCut, rowsOf } from '../../public/scripts/csv/ticker_rows.js';

const FILE = 'Ticker,Date,Close\nAAPL,2013-01-02,1\nIBM,2013-01-02,2\nAAPL,2013-01-03,3\n';
const OWN = 'Ticker,Date,Close\nAAPL,2013-01-02,1\nAAPL,2013-01-03,3\n';

test('a ticker gets the header and its own rows, wherever they are', () => {
  assert.equal(rowsOf(FILE, 'AAPL'), OWN);
});

test('a ticker gets no rows from a ticker whose name contains its own', () => {
  assert.equal(rowsOf('Ticker,Date\nA,1\nAA,2\nBA,3\n', 'A'), 'Ticker,Date\nA,1\n');
});

test('a ticker gets no row with its name in another column', () => {
  assert.equal(rowsOf('Date,Symbol,Note\n1,IBM,like AAPL\n2,AAPL,\n', 'AAPL'), 'Date,Symbol,Note\n2,AAPL,\n');
});

test('the ticker column is found in any case and place, and among semicolons', () => {
  assert.equal(rowsOf('Data;SYMBOL;Volume\n1;PETR4;2,5\n1;VALE3;3\n', 'PETR4'), 'Data;SYMBOL;Volume\n1;PETR4;2,5\n');
});

test('spaces and quotation marks around a ticker are not part of it', () => {
  assert.equal(rowsOf('"Ticker",Date\n "AAPL" ,1\n AAPL,2\n"A,B",3\n', 'AAPL'), '"Ticker",Date\n "AAPL" ,1\n AAPL,2\n');
});

test('a ticker with a separator or a quotation mark in it is found', () => {
  assert.equal(rowsOf('Ticker,Date\n"A,B",1\n"A""B",2\n', 'A,B'), 'Ticker,Date\n"A,B",1\n');
  assert.equal(rowsOf('Ticker,Date\n"A,B",1\n"A""B",2\n', 'A"B'), 'Ticker,Date\n"A""B",2\n');
});

test('a file without tickers is kept whole', () => {
  assert.equal(rowsOf('Date,Close\n1,2\n\n3,4\n', null), 'Date,Close\n1,2\n3,4\n');
});

test('a byte-order mark, a separator line and blank lines are skipped', () => {
  assert.equal(rowsOf('\ufeffsep=;\r\n\r\nTicker;Date\r\nA;1\r\nB;2\r\n', 'A'), 'Ticker;Date\nA;1\n');
});

test('lines may end in carriage returns, and the last needs no ending', () => {
  assert.equal(rowsOf(FILE.replaceAll('\n', '\r'), 'AAPL'), OWN);
  assert.equal(rowsOf(FILE.slice(0, -1), 'AAPL'), OWN);
});

test('a file in pieces gives the same rows, wherever it is split', () => {
  const text = FILE.replaceAll('\n', '\r\n');
  for (let size = 1; size < text.length; size += 1) {
    const cut = createCut('AAPL');
    for (let at = 0; at < text.length; at += size) cut.take(text.slice(at, at + size));
    assert.equal(cut.end(), OWN, `pieces of ${size}`);
  }
});

import assert from 'node:assert/strict';
import test from 'node:test';

import { csvOf, fileName, separatorOf } from '../../public/scripts/csv/spreadsheet.js';

const lines = (text) => text.replace('\ufeff', '').split('\r\n').slice(0, -1);

test('the separator is not the decimal sign of the language', () => {
  assert.equal(separatorOf('en'), ',');
  assert.equal(separatorOf('pt-BR'), ';');
});

test('a file begins with a byte-order mark, which spreadsheets need', () => {
  assert.equal(csvOf([['Pregão']], ';'), '\ufeffPregão\r\n');
});

test('volumes are whole numbers, and unknown ones are empty', () => {
  assert.deepEqual(lines(csvOf([['2013-03-04', 17198710.486, null]], ',')), ['2013-03-04,17198710,']);
});

test('text that a spreadsheet would run gets an apostrophe', () => {
  for (const start of ['=', '+', '-', '@', '\t']) {
    assert.equal(lines(csvOf([[`${start}SUM(A1)`]], ','))[0], `'${start}SUM(A1)`);
  }
});

test('a formula with quotation marks is escaped and quoted', () => {
  assert.equal(lines(csvOf([['=HYPERLINK("x","y")']], ','))[0], '"\'=HYPERLINK(""x"",""y"")"');
});

test('text with a separator or a line end is quoted', () => {
  assert.equal(csvOf([['a;b', 'c,d', 'e\nf']], ';'), '\ufeff"a;b";c,d;"e\nf"\r\n');
});

test('a file name has only characters that every file system accepts', () => {
  assert.equal(fileName('my prices', 'BRK/B', 'volume'), 'my_prices-BRK_B-volume');
  assert.equal(fileName('ações', null, 'volume'), 'ações-volume');
});

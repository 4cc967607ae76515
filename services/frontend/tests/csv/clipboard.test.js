import assert from 'node:assert/strict';
import test from 'node:test';

import { pastedCsv } from '../../public/scripts/csv/clipboard.js';

test('pasted text stays as it is, with one line end', () => {
  assert.equal(pastedCsv('Date,Close\n2024-01-02,1.5'), 'Date,Close\n2024-01-02,1.5\n');
  assert.equal(pastedCsv('Date\tClose\r\n02/01/2024\t1,5\r\n\r\n'), 'Date\tClose\r\n02/01/2024\t1,5\n');
});

test('blank lines above the header are left out', () => {
  assert.equal(pastedCsv(' \n\tDate\tClose\n'), '\tDate\tClose\n');
});

test('blank lines below the rows are left out, but not empty cells', () => {
  assert.equal(pastedCsv('Date\tNote\r\n02/01/2024\t \r\n \r\n\t\n'), 'Date\tNote\r\n02/01/2024\t \n');
  assert.equal(pastedCsv('Date\tNote\t'), 'Date\tNote\t\n');
});

test('many blank lines between rows take no time', () => {
  const text = `Date,Close${'\n'.repeat(10_000)}2024-01-02,1.5\n`;
  const start = performance.now();
  assert.equal(pastedCsv(text), text);
  assert.ok(performance.now() - start < 1000);
});

test('blank text is empty', () => {
  assert.equal(pastedCsv(' \n \n'), '');
});

import assert from 'node:assert/strict';
import test from 'node:test';

import { pastedCsv } from '../../public/scripts/csv/clipboard.js';

test('a pasted CSV stays as it is', () => {
  assert.equal(pastedCsv('Date,Close\n2024-01-02,1.5'), 'Date,Close\n2024-01-02,1.5\n');
});

test('cells with decimal points are joined by commas', () => {
  assert.equal(pastedCsv('Date\tClose\r\n2024-01-02\t1.5\r\n'), 'Date,Close\n2024-01-02,1.5\n');
});

test('cells with decimal commas are joined by semicolons', () => {
  assert.equal(pastedCsv('Date\tClose\n02/01/2024\t1,5'), 'Date;Close\n02/01/2024;1,5\n');
});

test('thousands commas are removed if the decimals have points', () => {
  assert.equal(pastedCsv('Date\tClose\tVolume\n2025-09-29\t100.22\t17,786,956\n'), 'Date,Close,Volume\n2025-09-29,100.22,17786956\n');
  assert.equal(pastedCsv('Close\tVolume\n1,100.22\t786,956'), 'Close,Volume\n1100.22,786956\n');
});

test('an ambiguous comma is a decimal comma unless other numbers differ', () => {
  assert.equal(pastedCsv('Close\tVolume\n38,150\t17.786.956'), 'Close;Volume\n38,150;17.786.956\n');
  assert.equal(pastedCsv('Close\tVolume\n1.100,22\t786'), 'Close;Volume\n1.100,22;786\n');
});

test('a comma in text does not separate cells', () => {
  assert.equal(pastedCsv('Date\tVolume\nSep 29, 2025\t17,786,956'), 'Date,Volume\n"Sep 29, 2025",17786956\n');
});

test('blank text is empty', () => {
  assert.equal(pastedCsv(' \n \n'), '');
});

import assert from 'node:assert/strict';
import test from 'node:test';

import { pastedCsv } from '../public/scripts/clipboard.js';

test('a CSV is taken as it is', () => {
  assert.equal(pastedCsv('Date,Close\n2024-01-02,1.5'), 'Date,Close\n2024-01-02,1.5\n');
});

test('cells of a spreadsheet with decimal points are joined by commas', () => {
  assert.equal(pastedCsv('Date\tClose\r\n2024-01-02\t1.5\r\n'), 'Date,Close\r\n2024-01-02,1.5\n');
});

test('cells of a spreadsheet with decimal commas are joined by semicolons', () => {
  assert.equal(pastedCsv('Date\tClose\n02/01/2024\t1,5'), 'Date;Close\n02/01/2024;1,5\n');
});

test('blank space alone is nothing', () => {
  assert.equal(pastedCsv(' \n \n'), '');
});

import assert from 'node:assert/strict';
import test from 'node:test';

import { pageOf } from '../../public/scripts/lib/paged_table.js';

test('a page has its rows and their numbers', () => {
  const rows = [...Array(60).keys()];
  const { rows: shown, first, last, pages } = pageOf(rows, 2, 25);
  assert.deepEqual(shown, rows.slice(50));
  assert.deepEqual([first, last, pages], [51, 60, 3]);
});

test('a page number out of range gives the nearest page', () => {
  assert.equal(pageOf([1, 2, 3], 9, 2).page, 1);
  assert.equal(pageOf([1, 2, 3], -1, 2).page, 0);
});

test('without rows, there is one empty page', () => {
  assert.deepEqual(pageOf([], 0, 25).rows, []);
  assert.equal(pageOf([], 0, 25).pages, 1);
});

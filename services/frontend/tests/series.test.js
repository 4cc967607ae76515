import assert from 'node:assert/strict';
import test from 'node:test';

import { createFormat } from '../public/scripts/format.js';
import { extent, isByRow, linesOf, pageOf, predictionsOf, recordOf, tickersOf, tickLabels } from '../public/scripts/series.js';
import { history, windows } from './answers.js';

test('tickers are listed once each, in the order of the file', () => {
  assert.deepEqual(tickersOf(history), ['AAPL', 'IBM']);
});

test('windows have one nameless ticker', () => {
  assert.deepEqual(tickersOf(windows), [null]);
  assert.equal(isByRow(windows), true);
  assert.equal(isByRow(history), false);
});

test('a ticker gets its own predictions and its own record', () => {
  assert.deepEqual(predictionsOf(history, 'IBM').map(({ volume }) => volume), [50, 55]);
  assert.equal(recordOf(history, 'IBM').points.length, 1);
});

test('a ticker without a record has none, rather than another one\'s', () => {
  assert.equal(recordOf(windows, null), null);
  assert.equal(recordOf({ ...history, track_record: [] }, 'AAPL'), null);
});

test('the lines run from the past sessions into the coming ones', () => {
  const lines = linesOf(history, 'AAPL');
  assert.deepEqual(lines.sessions, ['2012-12-28', '2012-12-31', '2013-01-02', '2013-01-03']);
  assert.deepEqual(lines.predicted, [95, 105, 100, 110]);
  assert.equal(lines.firstComing, 2);
});

test('a coming session has no actual volume, not a volume of nought', () => {
  assert.deepEqual(linesOf(history, 'AAPL').actual, [90, 120, null, null]);
});

test('every line is as long as the sessions', () => {
  const { sessions, actual, predicted, lower, upper } = linesOf(history, 'AAPL');
  for (const line of [actual, predicted, lower, upper]) assert.equal(line.length, sessions.length);
});

test('a narrow chart keeps the latest past sessions and all coming ones', () => {
  const lines = linesOf(history, 'AAPL', 1);
  assert.deepEqual(lines.sessions, ['2012-12-31', '2013-01-02', '2013-01-03']);
  assert.equal(lines.firstComing, 1);
});

test('windows are drawn by row, counted from one', () => {
  const lines = linesOf(windows, null);
  assert.deepEqual(lines.sessions, [1, 2, 3]);
  assert.equal(lines.firstComing, 0);
  assert.equal(lines.byRow, true);
});

test('windows of several tickers keep the numbers of their rows', () => {
  const mixed = { ...windows, predictions: windows.predictions.map((each, index) => ({ ...each, ticker: ['A', 'B', 'A'][index] })) };
  assert.deepEqual(linesOf(mixed, 'A').sessions, [1, 3]);
});

test('predictions without dates are drawn by row, whatever the kind', () => {
  assert.deepEqual(linesOf({ ...windows, input: history.input }, null).sessions, [1, 2, 3]);
});

test('the extent is that of the predicted volumes', () => {
  assert.deepEqual(extent(windows.predictions), { lowest: 10, highest: 30 });
});

test('the year stands only where it begins', () => {
  const labels = tickLabels(['2012-12-28', '2012-12-31', '2013-01-02'], createFormat('en'));
  assert.deepEqual(labels, ['Dec 28\n2012', 'Dec 31', 'Jan 2\n2013']);
});

test('a page holds its rows and says where they stand', () => {
  const rows = [...Array(60).keys()];
  const { rows: shown, first, last, pages } = pageOf(rows, 2, 25);
  assert.deepEqual(shown, rows.slice(50));
  assert.deepEqual([first, last, pages], [51, 60, 3]);
});

test('a page past the end is the last one, and before the start the first', () => {
  assert.equal(pageOf([1, 2, 3], 9, 2).page, 1);
  assert.equal(pageOf([1, 2, 3], -1, 2).page, 0);
});

test('no rows make one empty page', () => {
  assert.deepEqual(pageOf([], 0, 25).rows, []);
  assert.equal(pageOf([], 0, 25).pages, 1);
});

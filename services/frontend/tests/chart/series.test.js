import assert from 'node:assert/strict';
import test from 'node:test';

import { createFormat } from '../../public/scripts/lib/format.js';
import {
  extent, indexOf, isByRow, lacksPoints, linesOf, matching, pageOf, predictionsOf, recordOf, tickersOf, tickLabels, withPoints,
} from '../../public/scripts/chart/series.js';
import { history, point, windows } from '../answers.js';

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

test('one coming session without a date leaves out the past, since rows are no sessions', () => {
  const beyond = history.predictions.map((each) => (each.session === '2013-01-03' ? { ...each, session: null } : each));
  const lines = linesOf({ ...history, predictions: beyond }, 'AAPL');
  assert.deepEqual(lines.sessions, [1, 2]);
  assert.deepEqual(lines.predicted, [100, 110]);
});

test('an answer is gone through once, however often it is asked', () => {
  assert.equal(indexOf(history), indexOf(history));
  assert.equal(tickersOf(history), tickersOf(history));
});

test('a ticker that is not in the answer has no predictions', () => {
  assert.deepEqual(predictionsOf(history, 'MSFT'), []);
});

test('a record with fewer points than sessions lacks some, until it is filled', () => {
  assert.equal(lacksPoints(history, 'AAPL'), true);
  const filled = withPoints(history, 'AAPL', [point('2012-12-31', 120, 105)]);
  assert.equal(lacksPoints(filled, 'AAPL'), false);
  assert.equal(lacksPoints(filled, 'IBM'), true);
});

test('neither windows nor a ticker without a record lack points: there are none to be had', () => {
  assert.equal(lacksPoints(windows, null), false);
  assert.equal(lacksPoints({ ...history, track_record: [] }, 'AAPL'), false);
});

test('points that came later are drawn, and leave the answer before as it was', () => {
  const points = ['2012-12-27', '2012-12-28', '2012-12-31'].map((session) => point(session, 1, 2));
  const filled = withPoints(history, 'AAPL', points);
  assert.deepEqual(linesOf(filled, 'AAPL').actual, [1, 1, 1, null, null]);
  assert.deepEqual(linesOf(history, 'AAPL').actual, [90, 120, null, null]);
});

test('points that came later do not make the list of tickers another one', () => {
  assert.equal(tickersOf(withPoints(history, 'AAPL', [])), tickersOf(history));
});

test('the extent is that of the predicted volumes', () => {
  assert.deepEqual(extent(windows.predictions), { lowest: 10, highest: 30 });
});

test('the extent of very many predictions is found, too', () => {
  assert.deepEqual(extent(Array.from({ length: 300_000 }, (_, volume) => ({ volume }))), { lowest: 0, highest: 299_999 });
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

test('typed letters find the tickers that begin with them, then those that hold them', () => {
  assert.deepEqual(matching(['BAB', 'ABC', 'ZZZ', 'AB'], 'ab'), ['ABC', 'AB', 'BAB']);
});

test('nothing typed finds every ticker, and what none holds finds none', () => {
  assert.deepEqual(matching(['A', 'B'], ' '), ['A', 'B']);
  assert.deepEqual(matching(['A', 'B'], 'C'), []);
});

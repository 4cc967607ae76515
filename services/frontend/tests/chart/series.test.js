import assert from 'node:assert/strict';
import test from 'node:test';

import { linesOf, tickLabels } from '../../public/scripts/chart/series.js';
import { createFormat } from '../../public/scripts/lib/format.js';
import { withPoints } from '../../public/scripts/state/answer.js';
import { history, point, windows } from '../answers.js';

test('the lines run from the past sessions into the coming ones', () => {
  const lines = linesOf(history, 'AAPL');
  assert.deepEqual(lines.sessions, ['2012-12-28', '2012-12-31', '2013-01-02', '2013-01-03']);
  assert.deepEqual(lines.predicted, [95, 105, 100, 110]);
  assert.equal(lines.firstComing, 2);
});

test('the actual volume of a coming session is missing, not zero', () => {
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

test('a coming session without a date leaves out the past', () => {
  const beyond = history.predictions.map((each) => (each.session === '2013-01-03' ? { ...each, session: null } : each));
  const lines = linesOf({ ...history, predictions: beyond }, 'AAPL');
  assert.deepEqual(lines.sessions, [1, 2]);
  assert.deepEqual(lines.predicted, [100, 110]);
});

test('added points are drawn and leave the earlier response unchanged', () => {
  const points = ['2012-12-27', '2012-12-28', '2012-12-31'].map((session) => point(session, 1, 2));
  const filled = withPoints(history, 'AAPL', points);
  assert.deepEqual(linesOf(filled, 'AAPL').actual, [1, 1, 1, null, null]);
  assert.deepEqual(linesOf(history, 'AAPL').actual, [90, 120, null, null]);
});

test('a session whose forecast is by another model than the one before is a change', () => {
  const points = [['2012-12-27', 'a'], ['2012-12-28', 'a'], ['2012-12-31', 'b']]
    .map(([session, model]) => ({ ...point(session, 1, 2), model }));
  const predictions = [{ ...history.predictions[0], model: 'b' }];
  const answer = { ...history, predictions, track_record: [{ ticker: 'AAPL', points }] };
  assert.deepEqual(linesOf(answer, 'AAPL').changes, [2]);
  assert.deepEqual(linesOf(history, 'AAPL').changes, []);
});

test('the year appears at its first session only', () => {
  const labels = tickLabels(['2012-12-28', '2012-12-31', '2013-01-02'], createFormat('en'));
  assert.deepEqual(labels, ['Dec 28\n2012', 'Dec 31', 'Jan 2\n2013']);
});

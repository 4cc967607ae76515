import assert from 'node:assert/strict';
import test from 'node:test';

import { choicesOf, extent, indexOf, isByRow, lacksPoints, matching, predictionsOf, recordOf, tickersOf, withPoints } from '../../public/scripts/state/answer.js';
import { history, point, reading, windows } from '../answers.js';

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

test('a ticker without a record doesn\'t get another ticker\'s record', () => {
  assert.equal(recordOf(windows, null), null);
  assert.equal(recordOf({ ...history, track_record: [] }, 'AAPL'), null);
});

test('a response is indexed once', () => {
  assert.equal(indexOf(history), indexOf(history));
  assert.equal(tickersOf(history), tickersOf(history));
});

test('a ticker that is not in the response has no predictions', () => {
  assert.deepEqual(predictionsOf(history, 'MSFT'), []);
});

test('a record with fewer points than sessions lacks some, until it is filled', () => {
  assert.equal(lacksPoints(history, 'AAPL'), true);
  const filled = withPoints(history, 'AAPL', [point('2012-12-31', 120, 105)]);
  assert.equal(lacksPoints(filled, 'AAPL'), false);
  assert.equal(lacksPoints(filled, 'IBM'), true);
});

test('windows and tickers without a record lack no points', () => {
  assert.equal(lacksPoints(windows, null), false);
  assert.equal(lacksPoints({ ...history, track_record: [] }, 'AAPL'), false);
});

test('added points leave the list of tickers the same object', () => {
  assert.equal(tickersOf(withPoints(history, 'AAPL', [])), tickersOf(history));
});

test('the extent is the lowest and highest predicted volume', () => {
  assert.deepEqual(extent(windows.predictions), { lowest: 10, highest: 30 });
});

test('the extent can be found for very many predictions', () => {
  const predictions = Array.from({ length: 300_000 }, (_, volume) => ({ volume }));
  assert.deepEqual(extent(predictions), { lowest: 0, highest: 299_999 });
});

test('tickers that begin with the typed letters come before others', () => {
  assert.deepEqual(matching(['BAB', 'ABC', 'ZZZ', 'AB'], 'ab'), ['ABC', 'AB', 'BAB']);
});

test('an empty search finds every ticker, and an unknown name finds none', () => {
  assert.deepEqual(matching(['A', 'B'], ' '), ['A', 'B']);
  assert.deepEqual(matching(['A', 'B'], 'C'), []);
});

test('other rows of a file are read as the whole file was', () => {
  const form = { ...reading, dates: 'day-first', decimal: 'comma' };
  assert.deepEqual(choicesOf(form), { dates: 'day-first', volume: 'Volume', volume_unit: 'shares', market: 'XNYS' });
  assert.equal(choicesOf({ ...form, separator: ';' }).decimal, 'comma');
});

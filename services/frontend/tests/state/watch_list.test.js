import assert from 'node:assert/strict';
import test from 'node:test';

import { COLUMNS, marketsOf, rowsOf, shownRows, sortedBy } from '../../public/scripts/state/watch_list.js';

const previous = { session: '2013-03-01', volume: 150, lower_80: 100, upper_80: 200, actual: 120 };
const forecast = (ticker, volume, changes = {}) => ({
  ticker,
  volume,
  market: 'XNYS',
  session: '2013-03-04',
  lower_80: volume / 2,
  upper_80: volume * 2,
  usual: 100,
  calendar: [],
  role: 'champion',
  previous,
  ...changes,
});
const rows = (...forecasts) => rowsOf({ forecasts }, (flags) => flags.join(', '));
const wanted = { search: '', market: '', by: 'ticker', isDescending: false };
const tickersOf = (found, changes) => (
  shownRows(found, { ...wanted, ...changes }).map(({ ticker }) => ticker)
);

test('a row compares the forecast with the usual volume and the last one with the truth', () => {
  const [row] = rows(forecast('A', 125, { calendar: ['half_day', 'month_end'] }));
  assert.deepEqual([row.change, row.kind], [0.25, 'half_day, month_end']);
  assert.deepEqual([row.last.error, row.last.isInside], [0.25, true]);
});

test('a volume outside the range is outside, and one at its end is inside', () => {
  const isInside = (actual) => {
    const [row] = rows(forecast('A', 1, { previous: { ...previous, actual } }));
    return row.last.isInside;
  };
  assert.deepEqual([99, 100, 200, 201].map(isInside), [false, true, true, false]);
});

test('without a usual volume or a volume of trade, there is no percentage', () => {
  const [row] = rows(forecast('A', 1, { usual: 0, previous: { ...previous, actual: 0 } }));
  assert.deepEqual([row.change, row.last.error], [null, null]);
});

test('a challenger has no row', () => {
  assert.equal(rows(forecast('A', 1), forecast('A', 2, { role: 'challenger' })).length, 1);
});

test('rows without a value come last in both directions', () => {
  const last = { ...previous, actual: 300 };
  const found = rows(
    forecast('A', 1, { previous: null }),
    forecast('B', 1),
    forecast('C', 1, { previous: last }),
  );
  assert.deepEqual(tickersOf(found, { by: 'error' }), ['C', 'B', 'A']);
  assert.deepEqual(tickersOf(found, { by: 'error', isDescending: true }), ['B', 'C', 'A']);
});

test('equal rows are in the order of their tickers', () => {
  const found = rows(forecast('B', 5), forecast('A', 5), forecast('C', 9));
  assert.deepEqual(tickersOf(found, { by: 'volume', isDescending: true }), ['C', 'A', 'B']);
});

test('every column can be sorted by', () => {
  const found = rows(forecast('B', 5), forecast('A', 5, { previous: null }));
  for (const by of Object.keys(COLUMNS)) assert.equal(tickersOf(found, { by }).length, 2);
});

test('rows are found by a part of the ticker, in any case, and by market', () => {
  const inBrazil = forecast('PETR4', 1, { market: 'BVMF' });
  const found = rows(inBrazil, forecast('PETRX', 1), forecast('IBM', 1));
  assert.deepEqual(marketsOf(found), ['BVMF', 'XNYS']);
  assert.deepEqual(tickersOf(found, { search: ' etr' }), ['PETR4', 'PETRX']);
  assert.deepEqual(tickersOf(found, { search: 'petr', market: 'XNYS' }), ['PETRX']);
});

test('a column sorts numbers from the largest at first, and is then reversed', () => {
  const first = sortedBy(wanted, 'volume');
  assert.deepEqual([first.by, first.isDescending], ['volume', true]);
  assert.equal(sortedBy(first, 'volume').isDescending, false);
  assert.equal(sortedBy(first, 'market').isDescending, false);
});

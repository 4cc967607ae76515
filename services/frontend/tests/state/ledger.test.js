import assert from 'node:assert/strict';
import test from 'node:test';

import { linesOf } from '../../public/scripts/chart/series.js';
import { answerOf, nextOf } from '../../public/scripts/state/ledger.js';

const forecast = (session, actual, changes = {}) => ({
  ticker: 'AAPL', session, actual, volume: 100, lower_80: 80, upper_80: 120, model: 'a', role: 'champion', ...changes,
});
const ledger = {
  ticker: 'AAPL',
  forecasts: [
    forecast('2013-02-27', 90),
    forecast('2013-02-28', null), // its prices never came
    forecast('2013-03-01', 110, { model: 'b' }),
    forecast('2013-03-01', 110, { role: 'challenger' }),
    forecast('2013-03-04', null, { model: 'b' }),
  ],
};

test('the ledger is drawn like a response: what is known, a gap, then what is to come', () => {
  const lines = linesOf(answerOf(ledger), 'AAPL');
  assert.deepEqual(lines.sessions, ['2013-02-27', '2013-02-28', '2013-03-01', '2013-03-04']);
  assert.deepEqual(lines.actual, [90, null, 110, null]);
  assert.deepEqual(lines.predicted, [100, 100, 100, 100]);
  assert.equal(lines.firstComing, 3);
  assert.deepEqual(lines.changes, [2]);
});

test('the ledger names all its models', () => {
  assert.equal(answerOf(ledger).model.version, 'a, b');
});

test('the next session is the last, unless its volume is known', () => {
  assert.equal(nextOf(ledger).session, '2013-03-04');
  assert.equal(nextOf({ forecasts: ledger.forecasts.slice(0, 4) }), null);
  assert.equal(nextOf({ forecasts: [] }), null);
});

test('a ticker without a known volume has only coming sessions', () => {
  const { firstComing } = linesOf(answerOf({ ticker: 'AAPL', forecasts: ledger.forecasts.slice(4) }), 'AAPL');
  assert.equal(firstComing, 0);
});

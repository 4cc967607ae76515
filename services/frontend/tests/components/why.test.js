import assert from 'node:assert/strict';
import test from 'node:test';

import { rowsOf } from '../../public/scripts/components/why.js';
import { createFormat } from '../../public/scripts/lib/format.js';
import * as FORECAST from '../../public/scripts/texts/forecast.js';
import * as TEXTS from '../../public/scripts/texts/why.js';
import { prediction, reasons } from '../answers.js';

const USUAL = 33_100_000;
const format = createFormat('en-US');
const texts = { ...TEXTS.EN, flags: FORECAST.EN.flags };

function explained(logs) {
  const sum = Object.values(logs).reduce((one, other) => one + other, 0);
  return { ...prediction('AAPL', '2013-03-15', 1, USUAL * Math.exp(sum)), reasons: reasons(USUAL, logs) };
}

function textsOf(logs, words = texts, writer = format) {
  return rowsOf(explained(logs), words, writer).map(({ text }) => text);
}

test('the lines go from the usual volume to the forecast', () => {
  const logs = { friday: 0.006, options_expiry: 0.198, memory: -0.062, lstm: 0.004 };
  const rows = rowsOf(explained(logs), texts, format);
  assert.deepEqual(rows.map(({ text, shares }) => [text, shares]), [
    ['Usual volume', '33.10M'],
    ['Options expire: +22%', '+7.25M'],
    ['Past volumes point to less: −6%', '−2.43M'],
    ['Other: +1%', '+380K'],
    ['Forecast: +16%', '38.30M'],
  ]);
});

test('a sentence depends on whether a part adds or takes away', () => {
  assert.equal(textsOf({ market: 0.02 })[1], 'The rest of the market was restless: +2%');
  assert.equal(textsOf({ market: -0.02 })[1], 'The rest of the market was calm: −2%');
});

test('weekdays and flags have names in both languages', () => {
  const portuguese = { ...TEXTS.PT_BR, flags: FORECAST.PT_BR.flags };
  const lines = textsOf({ half_day: -0.6, monday: -0.05 }, portuguese, createFormat('pt-BR'));
  assert.deepEqual(lines, ['Volume usual', 'Meio pregão: −45%', 'Segunda-feira: −5%', 'Previsão: −48%']);
  assert.deepEqual(textsOf({ monday: -0.05 })[1], 'Monday: −5%');
});

test('without a part that matters, the rest is not called other', () => {
  assert.deepEqual(textsOf({ memory: 0.005, lstm: 0.004 }), ['Usual volume', 'Small changes only: +1%', 'Forecast: +1%']);
  assert.deepEqual(textsOf({ memory: 0 }), ['Usual volume', 'Forecast: 0%']);
});

test('the rest is shown unless it is zero as shown', () => {
  const restOf = (log) => rowsOf(explained({ memory: 0.1, lstm: log }), texts, format).slice(2, -1);
  assert.deepEqual(restOf(-0.003).map(({ text, shares }) => [text, shares]), [['Other', '−110K']]);
  assert.deepEqual(restOf(0.00001), []);
});

test('a report is called due only from three percent more', () => {
  const lineOf = (log) => textsOf({ reports: log })[1];
  assert.equal(lineOf(0.04), 'A quarterly report may be due: +4%');
  assert.equal(lineOf(0.02), 'Reports (what happened about 91, 182, … days before): +2%');
  assert.equal(lineOf(-0.04), 'Reports (what happened about 91, 182, … days before): −4%');
});

test('every group of inputs has a sentence for more and for less', () => {
  for (const { more, less, reports, reportDue } of [TEXTS.EN, TEXTS.PT_BR]) {
    const groups = ['memory', 'news', 'market', 'own_calendar', 'lstm'];
    assert.deepEqual([Object.keys(more), Object.keys(less)], [groups, groups]);
    assert.ok(reports && reportDue);
  }
});

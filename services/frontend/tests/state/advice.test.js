import assert from 'node:assert/strict';
import test from 'node:test';

import { adviceFor } from '../../public/scripts/state/advice.js';
import { EN, PT_BR } from '../../public/scripts/texts/problem.js';

const HEADER = 'Date,Open,High,Low,Close,Volume';
const advice = (problem, header = HEADER, column = null) => adviceFor([{ row: 2, column, problem }], [header])?.key;

const KNOWN = {
  workbook: ['not a CSV: the file is compressed (zip); send it uncompressed'],
  compressed: ['The body is compressed (\'gzip\'); send it uncompressed.'],
  encoding: ['not UTF-8 text: byte 0xe7 on line 1; save the file as \'CSV UTF-8\' (a byte-order mark is fine)'],
  tabs: ['not a CSV: the first line, \'Date?Open\', has neither commas nor semicolons; expected a header line of column names', 'Date\tOpen'],
  noHeader: ['the first line, \'2024-01-02,1,2\', holds values; expected a header line of column names'],
  decimalCommas: ['expected 6 fields as in the header, found 10; a decimal comma or a thousands comma splits a number in two: use decimal points, or semicolons between fields'],
  slashes: ['\'03/04/2024\' could be day/month or month/day; between commas write dates as 2024-04-03'],
  monthFirst: ['there is no such day as \'03/25/2024\'; expected a date such as 03/04/2024 (day first) or 2024-04-03'],
  ambiguous: ['\'1.234\' is ambiguous: 1234 with a thousands point, or 1,234 with a decimal comma; write one of these'],
  decimalPoints: ['expected a number such as 1234,56 or 1.234.567 (the file\'s fields are separated by semicolons), found \'38.15\'', HEADER.replaceAll(',', ';')],
  dates: ['expected a date such as 2024-04-03, found \'2025.09.29\''],
  timesOfDay: ['expected a date such as 2024-04-03, found \'2025-09-29 16:00:00\''],
  currency: ['expected a number such as 1234.56, found \'$62.48\''],
  decimalCommasInQuotes: ['expected a number such as 1234.56, found \'62,97\''],
  thousands: ['expected a number such as 1234.56, found \'11,518,400\''],
  suffixes: ['expected a number such as 1234.56, found \'19.7M\''],
  tooShort: ['the file needs 48 sessions, got 12'],
  tickerTooShort: ['\'AAPL\' needs 48 sessions, got 12'],
  exchanged: ['High 10 is below Low 12; were the columns exchanged?'],
  twice: ['the session 2024-01-02 of \'AAPL\' stands on line 3 already; keep one of the two'],
};

for (const [key, [problem, header]] of Object.entries(KNOWN)) {
  test(`"${problem.slice(0, 60)}" is recognised`, () => assert.equal(advice(problem, header), key));
}

test('a column that is there in Portuguese is to be renamed', () => {
  const missing = 'not in the header; a price history needs Date, Open, High, Low, Close, Volume; found \'Data\', \'Abertura\'';
  const found = adviceFor(['Date', 'Open'].map((column) => ({ row: 1, column, problem: missing })), ['Data,Abertura,High,Low,Close,Volume']);
  assert.deepEqual(found, { key: 'rename', values: [['Data → Date', 'Abertura → Open']] });
});

test('a workbook is recognised however the API names it', () => {
  assert.equal(advice('The body is compressed (\'zip\'); send it uncompressed.'), 'workbook');
});

test('lines above the header are to be deleted', () => {
  const wide = 'expected 2 fields as in the header, found 6; a decimal comma or a thousands comma splits a number in two: use decimal points, or semicolons between fields';
  assert.equal(adviceFor([{ problem: wide }], ['Apple, daily prices', HEADER])?.key, 'title');
  assert.equal(adviceFor([{ problem: wide }], [HEADER, '2024-01-02,1,5'])?.key, 'decimalCommas');
});

test('the two header lines of yfinance are recognised', () => {
  const missing = { column: 'Date', problem: 'not in the header; a price history needs Date' };
  assert.equal(adviceFor([missing], ['Price,Close,High,Low,Open,Volume', 'Ticker,AAPL,AAPL,AAPL,AAPL,AAPL'])?.key, 'yfinance');
});

test('a date whose second number is no month is written as year, month and day', () => {
  const mixed = (date) => ({ problem: `'${date}' could be day/month or month/day; between commas write dates as 2024-04-03` });
  assert.deepEqual(adviceFor([mixed('9/05/2025'), mixed('9/29/2025')], [HEADER]), { key: 'monthFirst', values: ['2025-09-29', '9/29/2025'] });
  assert.equal(adviceFor([mixed('09/05/2025'), mixed('29/09/2025')], [HEADER]).key, 'slashes');
});

test('two times of one day are no daily prices, one time of all days may be the close', () => {
  const stamped = (moments) => moments.map((moment) => ({ problem: `expected a date such as 2024-04-03, found '${moment}'` }));
  assert.equal(adviceFor(stamped(['2024-01-02 10:00:00', '2024-01-02 11:00:00']), [HEADER]).key, 'intraday');
  assert.equal(adviceFor(stamped(['2024-01-02 16:00:00', '2024-01-02 16:00:00', '2024-01-03 16:00:00']), [HEADER]).key, 'timesOfDay');
});

test('a column that is there under no name is asked for', () => {
  assert.equal(advice('not in the header; a price history needs Date; found \'x\'', 'x,y', 'Date'), 'columns');
});

test('too short a file is told how much is missing', () => {
  assert.deepEqual(adviceFor([{ problem: 'the file needs 48 sessions, got 12' }], [HEADER]).values, [36, 3]);
});

test('a problem of no known cause gets no advice', () => {
  assert.equal(adviceFor([{ problem: 'something else' }], [HEADER]), null);
  assert.equal(adviceFor([{ problem: 'something else' }], []), null);
});

test('there are words for every advice', () => {
  const keys = [...Object.keys(KNOWN), 'rename', 'columns', 'title', 'yfinance', 'intraday'].sort();
  assert.deepEqual(Object.keys(EN.advice).sort(), keys);
  assert.deepEqual(Object.keys(PT_BR.advice).sort(), keys);
});

test('no day is advised that does not exist', () => {
  for (const day of ['02/30/2024', '13/13/2024', '31/31/2024']) {
    const found = adviceFor([{ problem: `there is no such day as '${day}'; expected a date such as 2024-04-03` }], []);
    assert.notEqual(found?.key, 'monthFirst');
  }
});

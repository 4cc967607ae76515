import assert from 'node:assert/strict';
import test from 'node:test';

import { countIn, translated } from '../public/scripts/api_texts.js';
import { createLanguage } from '../public/scripts/language.js';

const [english, portuguese] = ['en', 'pt-BR'].map(createLanguage);
const inPortuguese = (text) => translated(text, portuguese);

// As the API writes them today.
const KNOWN = [
  'expected a number such as 1234.56, found \'plenty\'',
  'expected a number such as 1234,56 or 1.234.567 (the file\'s fields are separated by semicolons), found \'38.15\'',
  'expected a number, found an empty cell',
  'expected a number, found no value, while other cells of the row have one; complete the row or empty it',
  'expected a volume >= 0, found -5',
  'expected a price > 0, found 0',
  'High 10 is below Low 12; were the columns exchanged?',
  '\'1.234\' is ambiguous: 1234 with a thousands point, or 1,234 with a decimal comma; write one of these',
  '\'03/04/2024\' could be day/month or month/day; between commas write dates as 2024-04-03',
  'expected a date such as 2024-04-03, found \'3 Apr\'',
  'there is no such day as \'2024-02-31\'; expected a date such as 2024-04-03',
  '2099-01-01 lies in the future (today is 2026-11-22, UTC); expected what has been traded',
  'the session 2024-01-02 of \'AAPL\' stands on line 3 already; keep one of the two',
  'the session 2024-01-02 stands on line 3 already; keep one of the two',
  'expected 7 fields as in the header, found 8; a decimal comma or a thousands comma splits a number in two: use decimal points, or semicolons between fields',
  'expected 7 fields as in the header, found 5',
  'the column is missing; a price history needs Date, Open, High, Low, Close, Volume; found \'Data\'',
  'not a CSV: the file is compressed (zip); send it uncompressed',
  'not a CSV: the file looks like a PDF',
  'not a CSV: the file looks like JSON; expected a header line of column names',
  'the file has 1,200,000 rows; at most 700,000 are read',
  'the file is empty; expected a header line and one row per session',
  '\'AAPL\' needs 48 sessions, got 12',
  'the file needs 48 sessions, got 12',
  '\'AAPL\' ends on 2031-01-02; the model\'s calendar (XNYS) covers 2000-01-03 to 2030-12-31; retrain',
  'ignored 1 column that the forecast does not use: \'Name\'',
  'ignored 3 columns that the forecast does not use: \'a\', \'b\', \'c\'',
  'dropped 1 row with zero volume (nothing was traded): line 12',
  'dropped 1,200 rows without any price or volume: lines 2, 3, 4, …',
  'the rows were not sorted by ticker and date; they were sorted',
  'the history of \'AAPL\' lacks 2 of the 300 sessions of XNYS between its first and its last: 2013-01-02, 2013-01-03; what it has is taken as if it were consecutive',
  '4 of the file\'s 300 dates are no sessions of XNYS, the exchange whose calendar the forecast sessions follow: is it another exchange\'s data?',
  'the last sessions of \'AAPL\' hold values far outside those of the training data: trust the forecast less',
  'windows hold values far outside those of the training data (3 of 5 windows): trust the forecast less',
  '250 of the 250 sessions in the track record of \'AAPL\' lie before 2013-03-01, where the model\'s own test begins: if it learned from them, the record flatters it',
  'restated for the 2:1 split of \'AAPL\' on 2012-06-04: prices before it halved, volumes doubled',
  'restated for the 7:1 split on 2014-06-09: prices before it divided by 7, volumes multiplied by 7',
  'restated for the 1:10 split on 2014-06-09: prices before it multiplied by 10, volumes divided by 10',
  '12 splits were restated in all',
  'the change of price of \'AAPL\' on 2012-06-04 looks like a 2:1 split that is not restated; give adjusted prices, or a column \'Adj Close\' that shows it',
  '12 changes of price in all look like splits that are not restated',
  'the ratio of Close to \'Adj Close\' changes as at a split on 1,200 rows; at most 1,000 are read; correct the column or leave it out',
  '\'Adj Close\' shows 40 splits that multiply beyond all numbers; correct the column or leave it out',
  'the points were cut from 250 to 232 a ticker: at most 100,000 are listed in all',
  'expected a ticker of 1 to 32 characters, found an empty cell',
  'expected a ticker of at most 32 characters, found more',
  'expected the sessions of a window in order of time, the session to forecast last',
  'Too many files are being forecast at once. Send this one again in a few seconds.',
  'the forecast of \'AAPL\' begins after 2013-03-05, the last date in the file, whose row was dropped; what was read ends on 2013-03-01: to forecast from there on, leave out the rows after it',
  'the forecast begins after 2013-03-05, the last date in the file, whose row was dropped; what was read ends on 2013-03-01: to forecast from there on, leave out the rows after it',
  '12 tickers in all end with dropped rows',
  'The body is compressed (\'zip\'); send it uncompressed.',
  'No model is published yet; the trainer makes one when it is first started, and `make train` at any time. It is taken up by itself; GET /model tells how far it is.',
  'The forecast was not ready within 20 seconds and was given up. Send fewer sessions or fewer tickers, or try again when less is asked of this server.',
];

for (const text of KNOWN) {
  test(`"${text.slice(0, 70)}" is said in Portuguese`, () => {
    const { text: said, lang } = inPortuguese(text);
    assert.equal(lang, 'pt-BR');
    assert.notEqual(said, text);
    assert.doesNotMatch(said, /undefined|\b(the|expected|found|which|lines)\b/);
  });
}

test('what is quoted from the file stays as it is there', () => {
  assert.match(inPortuguese('expected a number such as 1234.56, found \'an empty <cell>, found\'').text, /'an empty <cell>, found'$/);
});

test('counts are written as the language writes them', () => {
  assert.equal(inPortuguese('the file has 1,200,000 rows; at most 700,000 are read').text, 'o arquivo tem 1.200.000 linhas; no máximo 700.000 são lidas');
});

test('an unknown text stays English and is marked as such', () => {
  assert.deepEqual(inPortuguese('a new kind of problem'), { text: 'a new kind of problem', lang: 'en' });
});

test('in English nothing is changed', () => {
  for (const text of KNOWN) assert.deepEqual(translated(text, english), { text, lang: 'en' });
});

test('the count of problems is read off the detail', () => {
  assert.deepEqual(countIn('1,234 problems. The first: line 2: x'), { count: 1234, orMore: false });
  assert.deepEqual(countIn('10,000 or more problems. The first: x'), { count: 10_000, orMore: true });
  assert.equal(countIn('line 2, column Close: x'), null);
  assert.equal(countIn(null), null);
});

import assert from 'node:assert/strict';
import test from 'node:test';

import { countIn, translated } from '../../public/scripts/state/api_texts.js';
import { createLanguage } from '../../public/scripts/lib/language.js';

const [english, portuguese] = ['en', 'pt-BR'].map((tag) => createLanguage(tag));
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
  '\'09/29/2025\' is not read, since other dates with slashes could be day/month or month/day; between commas write it as 2025-09-29',
  'expected a date such as 2024-04-03, found \'3 Apr\'',
  'there is no such day as \'2024-02-31\'; expected a date such as 2024-04-03',
  '2099-01-01 lies in the future (today is 2026-11-22, UTC); expected what has been traded',
  'the session 2024-01-02 of \'AAPL\' stands on line 3 already; keep one of the two',
  'the session 2024-01-02 stands on line 3 already; keep one of the two',
  'expected 7 fields as in the header, found 8; a decimal comma or a thousands comma splits a number in two: use decimal points, or semicolons between fields',
  'expected 7 fields as in the header, found 5',
  'not in the header; a price history needs Date, Open, High, Low, Close, Volume; found \'Data\'',
  'not a CSV: the file is compressed (zip); send it uncompressed',
  'not a CSV: the file looks like a PDF',
  'not a CSV: the file looks like JSON; expected a header line of column names',
  'the file has 1,200,000 rows; at most 700,000 are read',
  'the file is empty; expected a header line and one row per session',
  '\'AAPL\' needs 48 sessions, got 12; add earlier sessions, or leave \'AAPL\' out',
  'the file needs 48 sessions, got 12; add earlier sessions',
  '\'AAPL\' ends on 1970-01-02; the model knows the calendar of its exchange (XNYS) only from 1990-01-02 to 2028-12-29, and the 5 sessions to forecast must lie within those dates',
  'Ignored 1 column that the forecast does not use: \'Name\'.',
  'Ignored 3 columns that the forecast does not use: \'a\', \'b\', \'c\'.',
  'Dropped 1 row with zero volume (nothing was traded): line 12.',
  'Dropped 1,200 rows without any price or volume: lines 2, 3, 4, …',
  'The rows were not sorted by ticker and date; they were sorted.',
  'The history of \'AAPL\' lacks 2 of the 300 sessions of the exchange calendar that the model was trained with (XNYS) between its first and its last: 2013-01-02, 2013-01-03; what it has is taken as if it were consecutive.',
  '4 of the file\'s 300 dates are no sessions of the exchange calendar that the model was trained with (XNYS); if the data are another exchange\'s, holidays, half-days and expiries may be wrong in the forecast: train a model for that exchange (README, \'Your data and your market\').',
  '1 of the file\'s 300 dates is no session of the exchange calendar that the model was trained with (XNYS); if the data are another exchange\'s, holidays, half-days and expiries may be wrong in the forecast: train a model for that exchange (README, \'Your data and your market\').',
  '4 of the file\'s 300 dates lie outside the exchange calendar that the model was trained with (XNYS), which covers 2000-01-03 to 2029-12-31: each counts as an average session.',
  '1 of the file\'s 300 dates lies outside the exchange calendar that the model was trained with (XNYS), which covers 2000-01-03 to 2029-12-31: each counts as an average session.',
  '1 of the 8 sessions to forecast is unknown to the exchange calendar that the model was trained with (XNYS), which covers 2000-01-03 to 2029-12-31: an average session is assumed there.',
  '3 of the 8 sessions to forecast are unknown to the exchange calendar that the model was trained with (XNYS), which covers 2000-01-03 to 2029-12-31: an average session is assumed there.',
  '12 tickers in all lack sessions of the exchange calendar that the model was trained with (XNYS).',
  '\'AAPL\' has a usable row only about every 5 sessions, as weekly data has; the model knows daily volumes, so these forecasts do not hold: send daily prices.',
  'The file has a usable row only about every 21 sessions, as monthly data has; the model knows daily volumes, so these forecasts do not hold: send daily prices.',
  'The file has a usable row only about every 10 sessions; the model knows daily volumes, so these forecasts do not hold: send daily prices.',
  '12 tickers in all have no daily rows.',
  'Many of the volumes are not whole numbers, so they are likely in thousands or millions, or adjusted for splits; the forecasts are in the same unit.',
  'Ignored 1 column that is no part of the window: \'log_volume_t-2\'.',
  'Ignored 135 columns that are no part of the window, first \'log_volume_t-2\'.',
  '1 of the 250 sessions in the track record lies before 2013-03-01, where the model\'s own test begins: if it learned from them, the record flatters it.',
  'The last sessions of \'AAPL\' hold values far outside those of the training data: trust the forecast less.',
  'Windows hold values far outside those of the training data (3 of 5 windows): trust the forecast less.',
  '250 of the 250 sessions in the track record of \'AAPL\' lie before 2013-03-01, where the model\'s own test begins: if it learned from them, the record flatters it.',
  'Restated for the 2:1 split of \'AAPL\' on 2012-06-04: prices before it halved, volumes doubled.',
  'Restated for the 7:1 split on 2014-06-09: prices before it divided by 7, volumes multiplied by 7.',
  'Restated for the 1:10 split on 2014-06-09: prices before it multiplied by 10, volumes divided by 10.',
  '12 splits were restated in all.',
  'The change of price of \'AAPL\' on 2012-06-04 looks like a 2:1 split that is not restated; give adjusted prices, or a column \'Adj Close\' that shows it.',
  '12 changes of price in all look like splits that are not restated.',
  'the ratio of Close to \'Adj Close\' changes as at a split on 1,200 rows; at most 1,000 are read; correct the column or leave it out',
  '\'Adj Close\' shows 40 splits that multiply beyond all numbers; correct the column or leave it out',
  'The points were cut from 250 to 232 a ticker: at most 100,000 are listed in all.',
  'expected a ticker of 1 to 40 characters, found an empty cell',
  'expected a ticker of at most 40 characters, found more',
  'expected the sessions of a window in order of time, the session to forecast last',
  'Too many files are being forecast at once. Send this one again in a few seconds.',
  'The forecast of \'AAPL\' begins after 2013-03-05, the last date in the file, whose row was dropped; what was read ends on 2013-03-01: to forecast from there on, leave out the rows after it.',
  'The forecast begins after 2013-03-05, the last date in the file, whose row was dropped; what was read ends on 2013-03-01: to forecast from there on, leave out the rows after it.',
  '12 tickers in all end with dropped rows.',
  'missing columns session_t-1, volume_t-0; the model takes 44 sessions (t-43 to t-0) of session, volume: 88 columns',
  'no usable row is left: dropped 300 rows with zero volume (nothing was traded): lines 2, 3, 4, …',
  'This address asks for more than 5 forecasts a second, or for more than 4 at once, or others are sending large files. Send this one again in a second.',
  'Something went wrong here. The log tells more under 1a2b3c4d.',
  'Windows hold values far outside those of the training data: trust the forecast less.',
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

test('a number that quotes the file is no count, whatever it looks like', () => {
  const said = inPortuguese('\'1.234\' is ambiguous: 1234 with a thousands point, or 1,234 with a decimal comma; write one of these').text;
  assert.match(said, /^'1\.234' é ambíguo: 1234 com ponto de milhar, ou 1,234 com vírgula decimal/);
  assert.match(inPortuguese('High 1000 is below Low 1234; were the columns exchanged?').text, /^High 1000 está abaixo de Low 1234/);
  assert.match(inPortuguese('2099-01-01 lies in the future (today is 2026-11-22, UTC); expected what has been traded').text, /^2099-01-01 .*22 de nov\. de 2026/);
});

// What was said must stay said: its figures, its reasons, and that of one thing as of one.
const SAID = {
  'no usable row is left: the rows were not sorted by ticker and date; they were sorted; dropped 1,200 rows with zero volume (nothing was traded): lines 2, 1300, …':
    'não sobrou nenhuma linha utilizável: as linhas não estavam ordenadas por ativo e data; foram ordenadas; '
    + 'descartadas 1.200 linhas com volume zero (nada foi negociado): linhas 2, 1.300, …',
  'windows hold values far outside those of the training data (1 of 1,500 windows): trust the forecast less':
    '1 das 1.500 linhas tem valores muito distantes dos dados de treinamento: confie menos na previsão',
  'the last sessions of \'A\', \'B\' hold values far outside those of the training data (1 of 2 windows): trust the forecast less':
    'os últimos pregões de \'A\', \'B\' têm valores muito distantes dos dados de treinamento (1 de 2 ativos): confie menos na previsão',
  'missing columns volume_t-0; the model takes 44 sessions (t-43 to t-0) of session, volume: 88 columns':
    'falta a coluna volume_t-0; o modelo usa 44 pregões (de t-43 a t-0) de session, volume: 88 colunas',
  'missing columns a_t-1, a_t-0, … (88 in all); the model takes 44 sessions (t-43 to t-0) of session, a: 88 columns':
    'faltam as colunas a_t-1, a_t-0, … (88 ao todo); o modelo usa 44 pregões (de t-43 a t-0) de session, a: 88 colunas',
  'The history lacks 1 of the 1300 sessions of the exchange calendar that the model was trained with (XNYS) between its first and its last: 2013-01-02; what it has is taken as if it were consecutive.':
    'No histórico falta 1 dos 1.300 pregões do calendário da bolsa com que o modelo foi treinado (XNYS) entre o primeiro e o último: 2 de jan. de 2013; o que há é tomado como consecutivo.',
  '1 of the file\'s 301 dates is no session of the exchange calendar that the model was trained with (XNYS); if the data are another exchange\'s, holidays, half-days and expiries may be wrong in the forecast: train a model for that exchange (README, \'Your data and your market\').':
    '1 das 301 datas do arquivo não é pregão do calendário da bolsa com que o modelo foi treinado (XNYS); se os dados são de outra bolsa, '
    + 'feriados, meios pregões e vencimentos podem estar errados na previsão: treine um modelo para essa bolsa (README, "Seus dados e sua bolsa").',
  '1 of the 5 sessions to forecast is unknown to the exchange calendar that the model was trained with (XNYS), which covers 2000-01-03 to 2030-12-31: an average session is assumed there.':
    '1 dos 5 pregões a prever não consta do calendário da bolsa com que o modelo foi treinado (XNYS), que vai de 3 de jan. de 2000 a 31 de dez. de 2030: ali se supõe um pregão médio.',
  '1 of the 250 sessions in the track record lie before 2013-03-01, where the model\'s own test begins: if it learned from them, the record flatters it':
    '1 dos 250 pregões da avaliação é anterior a 1 de mar. de 2013, quando começa o teste do próprio modelo: se ele aprendeu com ele, a avaliação o favorece',
  'restated for the 3:2 split on 2014-06-09: prices before it divided by 1.5, volumes multiplied by 1.5':
    'ajustado pelo desdobramento de 2 para 3 em 9 de jun. de 2014: preços anteriores divididos e volumes multiplicados por 1,5',
  'the change of price on 2014-06-09 looks like a 1:10 split that is not restated; give adjusted prices, or a column \'Adj Close\' that shows it':
    'a mudança de preço em 9 de jun. de 2014 parece um grupamento de 10 para 1 não ajustado; use preços ajustados ou acrescente uma coluna \'Adj Close\' que o mostre',
  'expected a ticker of 1 to 40 characters, found more': 'esperava-se um código de ativo de 1 a 40 caracteres; este tem mais',
  'The forecast was not ready within 0.5 seconds and was given up. Send fewer sessions or fewer tickers, or try again when less is asked of this server.':
    'A previsão não ficou pronta em 0,5 segundos e foi abandonada. Envie menos pregões ou menos ativos, ou tente de novo quando o serviço estiver menos ocupado.',
};

for (const [text, said] of Object.entries(SAID)) {
  test(`"${text.slice(0, 70)}" loses nothing in Portuguese`, () => assert.deepEqual(inPortuguese(text), { text: said, lang: 'pt-BR' }));
}

test('counts are written as the language writes them', () => {
  assert.equal(inPortuguese('the file has 1,200,000 rows; at most 700,000 are read').text, 'o arquivo tem 1.200.000 linhas; no máximo 700.000 são lidas');
});

test('a warning is a sentence in Portuguese as well', () => {
  assert.equal(inPortuguese('The rows were not sorted by ticker and date; they were sorted.').text, 'As linhas não estavam ordenadas por ativo e data; foram ordenadas.');
  assert.match(inPortuguese('Dropped 1,200 rows without any price or volume: lines 2, 3, …').text, /^Descartadas 1\.200 linhas .*, …$/);
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

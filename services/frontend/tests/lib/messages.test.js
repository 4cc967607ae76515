import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { createLanguage } from '../../public/scripts/lib/language.js';
import { EN } from '../../public/scripts/texts/messages/en.js';
import { PT_BR } from '../../public/scripts/texts/messages/pt_br.js';

// The codes of the API and their parameters, { code: [name] }. tests/test_page_messages.py writes
// it from model_contract.
const CODES = JSON.parse(readFileSync(new URL('../message_codes.json', import.meta.url), 'utf8'));
const LANGUAGES = { en: EN, 'pt-BR': PT_BR };
const [english, portuguese] = Object.keys(LANGUAGES).map((tag) => createLanguage(tag).messages);

// A value for every parameter, by name. SPECIAL has the codes that need another kind of value.
const LISTS = ['accepted', 'addresses', 'allowed', 'columns', 'features', 'names', 'needed', 'sheets', 'supported', 'tickers', 'trained'];
const DAYS = ['date', 'first', 'last', 'last_date', 'last_read', 'test_from', 'today'];
const TEXTS = [
  'accept', 'byte', 'column', 'encoding', 'example', 'format', 'line', 'market', 'name', 'request_id', 'ticker',
];
const SPECIAL = {
  column_missing: { found: ['Data'] },
  column_unknown: { found: ['Data'] },
  dates_unclear: { found: ['03/04/2024'] },
  decimals_unclear: { found: ['1.234'] },
  encoding_unknown: { line: 1_234 },
  history_short: { needed: 504 },
  nul_byte: { line: 1_234 },
  one_day_of_many: { tickers: 5 },
  not_utf8: { line: 1_234 },
  session_twice: { line: 1_234 },
  sessions_repeated: { line: 1_234 },
  sessions_missing: { dates: ['2013-01-02'] },
  ticker_too_few_sessions: { needed: 48 },
  tickers_too_short: { needed: 48 },
  volume_note_unknown: { found: ['1000'] },
  too_few_sessions: { needed: 48 },
  too_many_columns: { columns: 200 },
  too_many_lines: { lines: 9_000 },
  too_many_tickers: { tickers: 9_000 },
  volume_unit_unclear: { found: ['1234.56'] },
  windows_of_another_model: { expected: '1a2b3c4d' },
};

function sampleOf(code, count = 2) {
  const valueIn = (name) => SPECIAL[code]?.[name] ?? valueOf(name, count);
  return Object.fromEntries(CODES[code].map((name) => [name, valueIn(name)]));
}

function valueOf(name, count) {
  if (name === 'lines') return [12, 13];
  if (LISTS.includes(name)) return ['A', 'B'];
  if (DAYS.includes(name)) return '2024-04-03';
  if (TEXTS.includes(name)) return 'X';
  return name === 'more' || name === 'or_more' ? true : count;
}

// The parameters that a function destructures, { name: … }, whatever it does with their values.
function parametersOf(text) {
  const names = [];
  const spy = new Proxy({}, { get: (_, name) => { names.push(name); } });
  try {
    if (typeof text === 'function') text(spy);
  } catch {
    // The values are not what it expects, but it destructures the names first.
  }
  return names;
}

const WORDS = { number: String, date: String, list: String, quoted: String, one: String };

for (const [tag, texts] of Object.entries(LANGUAGES)) {
  const all = texts(WORDS);

  test(`the texts in ${tag} have the codes of the API`, () => {
    assert.deepEqual(Object.keys(all).sort(), Object.keys(CODES).sort());
  });

  test(`the texts in ${tag} have the parameters of the API`, () => {
    for (const [code, { text, remedy }] of Object.entries(all)) {
      const found = [...new Set([text, remedy].flatMap(parametersOf))];
      assert.deepEqual(found.sort(), CODES[code], code);
    }
  });

  test(`the texts in ${tag} can be written for one and for many`, () => {
    const { messages } = createLanguage(tag);
    for (const code of Object.keys(CODES)) {
      for (const count of [1, 1_234]) {
        const message = { code, params: sampleOf(code, count) };
        const { text } = messages.text(message, '');
        const remedies = messages.remedies([message]).map((remedy) => remedy.text);
        for (const part of [text, ...remedies]) {
          assert.doesNotMatch(part, /undefined|null|NaN|\[object|function|^\s*$/, code);
        }
      }
    }
  });
}

test('every remedy in English has one in Portuguese', () => {
  const withRemedy = (texts) => (
    Object.entries(texts(WORDS)).filter(([, { remedy }]) => remedy).map(([code]) => code).sort()
  );
  assert.deepEqual(withRemedy(PT_BR), withRemedy(EN));
});

test('the Portuguese texts contain no English words', () => {
  for (const code of Object.keys(CODES)) {
    const { text } = portuguese.text({ code, params: sampleOf(code) }, '');
    assert.doesNotMatch(text, /\b(the|expected|found|which|lines|of)\b/, code);
  }
});

test('numbers, dates and lists follow the language', () => {
  const missing = { code: 'sessions_missing', params: { ticker: 'A', count: 2, sessions: 1_300, market: 'XNYS', dates: ['2013-01-02', '2013-01-03'], more: false } };
  assert.match(english.text(missing, '').text, /lacks 2 of the 1,300 sessions .* Jan 2, 2013; Jan 3, 2013\. /);
  assert.match(portuguese.text(missing, '').text, /^No histórico de 'A' faltam 2 dos 1\.300 pregões .* 2 de jan\. de 2013 e 3 de jan\. de 2013\. /);
});

test('a shortened list ends with an ellipsis', () => {
  const dropped = { code: 'rows_dropped_empty', params: { count: 1_200, lines: [2, 3], more: true } };
  assert.equal(english.text(dropped, '').text, 'Dropped 1,200 rows without any price or volume: lines 2, 3, …');
});

test('Portuguese texts agree with one and with many', () => {
  const count = (number) => portuguese.text({ code: 'dates_not_sessions', params: { count: number, dates: 301, market: 'XNYS' } }, '').text;
  assert.match(count(1), /^1 das 301 datas do arquivo não é pregão do calendário/);
  assert.match(count(4), /^4 das 301 datas do arquivo não são pregões do calendário/);
});

test('a reverse split has its own word in Portuguese', () => {
  const restated = (shares, old, ratio) => portuguese.text(
    { code: 'split_restated', params: { ticker: null, date: '2014-06-09', new: shares, old, ratio } }, '',
  ).text;
  assert.match(restated(3, 2, 1.5), /^Ajustado pelo desdobramento de 2 para 3 em .*: preços anteriores divididos e volumes multiplicados por 1,5\.$/);
  assert.match(restated(1, 10, 0.1), /^Ajustado pelo grupamento de 10 para 1 em .*: preços anteriores multiplicados e volumes divididos por 10\.$/);
});

test('a file without tickers is called the file', () => {
  const params = { ticker: null, needed: 48, found: 12, missing: 36, months: 3 };
  assert.equal(english.text({ code: 'too_few_sessions', params }, '').text, 'the file needs 48 sessions and has 12');
  assert.equal(portuguese.text({ code: 'too_few_sessions', params }, '').text, 'o arquivo precisa de 48 pregões e tem 12');
});

test('an unknown code falls back to the English of the API', () => {
  const message = { code: 'of_a_newer_api', params: {}, remedy: 'Do something new.' };
  assert.deepEqual(portuguese.text(message, 'something new'), { text: 'something new', lang: 'en' });
  assert.deepEqual(portuguese.remedies([message]), [{ text: 'Do something new.', lang: 'en' }]);
});

test('at most three remedies are shown, each once, in the order of the errors', () => {
  const error = (code, params = {}) => ({ code, params });
  const found = english.remedies([
    error('number_expected', { found: '19.7X' }), error('field_too_long', { limit: 9 }), error('number_expected', { found: '2X' }),
    error('no_rows'), error('file_empty'), error('ticker_length', { limit: 40, found: '' }),
  ]);
  assert.deepEqual(found.map(({ text }) => text), [
    'Write the number with digits and a decimal point.', 'Shorten the field.', 'Export the prices again.',
  ]);
});

test('a message without a remedy has none', () => {
  assert.deepEqual(english.remedies([{ code: 'request_unreadable', params: {} }, { code: null, params: {} }]), []);
});

import assert from 'node:assert/strict';
import test from 'node:test';

import { chosenLanguage, createLanguage } from '../../public/scripts/lib/language.js';

test('an earlier choice wins over the browser', () => {
  assert.equal(chosenLanguage('pt-BR', ['en-US']), 'pt-BR');
});

test('without a choice, the browser\'s first known language is used', () => {
  assert.equal(chosenLanguage(null, ['de-DE', 'pt-BR', 'en']), 'pt-BR');
  assert.equal(chosenLanguage(null, ['en-GB', 'pt-BR']), 'en');
});

test('readers of European Portuguese get Brazilian Portuguese', () => {
  assert.equal(chosenLanguage(null, ['pt-PT']), 'pt-BR');
});

test('English is the default, even for a stored language that no longer exists', () => {
  assert.equal(chosenLanguage(null, ['ja']), 'en');
  assert.equal(chosenLanguage('tlh', []), 'en');
});

test('a language has its texts and its number format', () => {
  const texts = { EN: { yes: 'yes' }, PT_BR: { yes: 'sim' } };
  const { tag, texts: pick, format } = createLanguage('pt-BR');
  assert.equal(tag, 'pt-BR');
  assert.equal(pick(texts).yes, 'sim');
  assert.equal(format.whole(1_234_567), '1.234.567');
  assert.equal(createLanguage('en').texts(texts).yes, 'yes');
});

test('dates and numbers follow the reader\'s own variety of the language', () => {
  assert.match(createLanguage('en', ['pt-BR', 'en-GB', 'en-US']).format.longSession('2013-03-04'), /4 March 2013/);
  assert.equal(createLanguage('pt-BR', ['en-GB']).format.whole(1234567), '1.234.567');
});

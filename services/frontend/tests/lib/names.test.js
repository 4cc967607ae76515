import assert from 'node:assert/strict';
import test from 'node:test';

import { isolated } from '../../public/scripts/lib/names.js';

test('a name that would turn the writing round is kept from it', () => {
  assert.equal(isolated('ABC\u202ecba'), '\u2068ABC\u202ecba\u2069');
  assert.equal(isolated('תא'), '\u2068תא\u2069');
});

test('an ordinary name stays as it is', () => {
  for (const name of ['AAPL', 'BRK.B', 'petr4 daily (2).csv', 'Ações.csv']) assert.equal(isolated(name), name);
});

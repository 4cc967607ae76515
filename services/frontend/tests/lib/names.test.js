import assert from 'node:assert/strict';
import test from 'node:test';

import { isolated } from '../../public/scripts/lib/names.js';

test('a name with right-to-left letters or marks is isolated', () => {
  assert.equal(isolated('ABC\u202ecba'), '\u2068ABC\u202ecba\u2069');
  assert.equal(isolated('תא'), '\u2068תא\u2069');
});

test('an ordinary name is unchanged', () => {
  for (const name of ['AAPL', 'BRK.B', 'petr4 daily (2).csv', 'Ações.csv']) assert.equal(isolated(name), name);
});

import assert from 'node:assert/strict';
import test from 'node:test';

import { controlOf } from '../../public/scripts/components/reading.js';
import { EN as NAMES } from '../../public/scripts/texts/choices.js';
import { reading } from '../answers.js';

const markets = { ...reading, options: { market: ['BVMF', 'XNYS'] } };
const BOTH = [['BVMF', 'São Paulo, B3 (BVMF)'], ['XNYS', 'New York (XNYS)']];

test('a parameter without options has a text only', () => {
  const control = controlOf('dates', reading, {}, NAMES);
  assert.deepEqual(control, { value: 'year-first', text: 'Year first', options: [] });
});

test('a market that was found is the automatic option', () => {
  const { value, options } = controlOf('market', markets, {}, NAMES);
  assert.deepEqual([value, options], ['', [['', 'Automatic: New York (XNYS)'], ...BOTH]]);
  const several = controlOf('market', { ...markets, markets: ['BVMF', 'XNYS'] }, {}, NAMES);
  assert.equal(several.options[0][1], 'Automatic: BVMF, XNYS');
});

test('a chosen market can be made automatic again', () => {
  const { value, options } = controlOf('market', markets, { market: 'XNYS' }, NAMES);
  assert.deepEqual([value, options], ['XNYS', [['', 'Automatic'], ...BOTH]]);
});

import assert from 'node:assert/strict';
import test from 'node:test';

import { meaningText } from '../../public/scripts/components/problem_choices.js';
import { createFormat } from '../../public/scripts/lib/format.js';
import { isolated } from '../../public/scripts/lib/names.js';

const format = createFormat('en-US');

test('dates and numbers are shown in the reader\'s language', () => {
  assert.equal(meaningText('dates', '2024-04-03', format), 'Apr 3, 2024');
  assert.equal(meaningText('decimal', '1234.5', format), '1,234.5');
});

test('a cell that only looks like a date is shown as it is', () => {
  assert.equal(meaningText('dates', '0000-00-00', format), isolated('0000-00-00'));
  assert.equal(meaningText('dates', 'n/a', format), isolated('n/a'));
});

test('the cells of a column are shown as they are', () => {
  assert.equal(meaningText('volume', '1234567', format), isolated('1234567'));
  assert.equal(meaningText('volume', '2024-04-03', format), isolated('2024-04-03'));
});

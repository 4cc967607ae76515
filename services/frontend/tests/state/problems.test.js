import assert from 'node:assert/strict';
import test from 'node:test';

import { Problem, Unreachable, Unreadable } from '../../public/scripts/lib/api.js';
import { isQuestion, linesOfErrors, problemOf, secondsToRetry } from '../../public/scripts/state/problems.js';

const answered = (status, retryAfter = null, code = 'a_code') => (
  new Problem({ code, title: 't', detail: 'd', errors: [] }, status, retryAfter)
);

test('a busy server is retried after the time that it gives', () => {
  assert.equal(secondsToRetry(answered(429, 1), 0), 1);
  assert.equal(secondsToRetry(answered(503, 2), 0), 2);
});

test('a busy server that gives no time is retried within seconds', () => {
  assert.equal(secondsToRetry(answered(503), 0), 5);
  assert.equal(secondsToRetry(answered(503, 3600), 0), 60);
});

test('an error that a retry cannot fix is not retried', () => {
  for (const error of [answered(422), answered(413), answered(504), answered(503, 10, 'no_model'), answered(503, 10, 'model_refused'), new Unreachable('x')]) {
    assert.equal(secondsToRetry(error, 0), null);
  }
});

test('retries end if the server stays busy', () => {
  assert.equal(secondsToRetry(answered(503, 1), 100), null);
});

test('a lost connection and a missing model are transient, but a bad file is not', () => {
  assert.equal(problemOf(new Unreachable('x')).isTransient, true);
  assert.equal(problemOf(answered(503)).isTransient, true);
  assert.equal(problemOf(answered(422)).isTransient, false);
});

test('a file that can no longer be read is not resent', () => {
  const { kind, isTransient } = problemOf(new Unreadable('x'));
  assert.deepEqual([kind, isTransient], ['gone', false]);
});

test('a bug in the page is not blamed on the file', () => {
  assert.equal(problemOf(new RangeError('x')).kind, 'broken');
});

test('the lines of the errors are unique and in order', () => {
  assert.deepEqual(linesOfErrors([{ row: 9 }, { row: 2 }, { row: 9 }, { row: null }]), [2, 9]);
});

test('only a problem whose errors can all be settled is a question', () => {
  const doubt = { code: 'dates_unclear', choice: { parameter: 'dates', options: {} } };
  assert.equal(isQuestion({ errors: [doubt] }), true);
  assert.equal(isQuestion({ errors: [doubt, { code: 'volume_is_money', choice: null }] }), false);
  assert.equal(isQuestion({ errors: [] }), false);
  assert.equal(isQuestion(null), false);
});

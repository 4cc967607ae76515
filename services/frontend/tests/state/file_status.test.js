import assert from 'node:assert/strict';
import test from 'node:test';

import { newFile, withFile, withFiles } from '../../public/scripts/state/queue.js';
import { serviceOf, unreachable } from '../../public/scripts/state/service.js';
import { announcementsOf, statusOf } from '../../public/scripts/state/file_status.js';

const READY = serviceOf({ model: {}, trainer: null });
const TRAINING = serviceOf({ model: null, trainer: { state: 'running' } });
const EMPTY = { files: [], shown: null, service: READY };
const BUSY = { phase: 'waiting', retryIn: 3, problem: { passes: true } };
const named = (...names) => names.map((name) => newFile(name, new File(['x'], name)));
const heard = (state, before) => announcementsOf(state, before).map(({ key, name }) => `${key} ${name}`);

test('a file that waits says for what', () => {
  const [file] = named('a.csv');
  assert.equal(statusOf(file, READY), 'waiting');
  assert.equal(statusOf(file, TRAINING), 'kept');
  assert.equal(statusOf({ ...file, ...BUSY }, READY), 'retry');
  assert.equal(statusOf({ ...file, ...BUSY }, unreachable(READY)), 'retryAway');
});

test('a file that is kept for a model stays so while the service is away, and after it said that there is none', () => {
  const [file] = named('a.csv');
  assert.equal(statusOf(file, unreachable(unreachable(TRAINING))), 'kept');
  assert.equal(statusOf({ ...file, phase: 'failed', problem: { passes: true } }, TRAINING), 'kept');
});

test('a file that failed for want of the service waits for it, another does not', () => {
  const [file] = named('a.csv');
  assert.equal(statusOf({ ...file, phase: 'failed', problem: { passes: true } }, READY), 'away');
  assert.equal(statusOf({ ...file, phase: 'failed', problem: { passes: false } }, READY), 'failed');
});

test('of the shown file its start and its end are heard, once each', () => {
  const [a] = named('a.csv');
  const waiting = withFiles(EMPTY, [a]);
  const sending = withFile(waiting, a.id, { phase: 'sending', sent: 0.5 });
  const done = withFile(sending, a.id, { phase: 'done' });
  assert.deepEqual(heard(waiting, EMPTY), ['sending a.csv']);
  assert.deepEqual(heard(sending, waiting), []);
  assert.deepEqual(heard(done, sending), ['done a.csv']);
  assert.deepEqual(heard(done, done), []);
});

test('a file that is sent again and again is heard of once', () => {
  const [a] = named('a.csv');
  const sending = withFile(withFiles(EMPTY, [a]), a.id, { phase: 'sending' });
  const busy = withFile(sending, a.id, BUSY);
  const again = withFile(busy, a.id, { phase: 'sending', retryIn: null });
  assert.deepEqual(heard(busy, sending), ['retry a.csv']);
  assert.deepEqual(heard(again, busy), []);
  assert.deepEqual(heard(withFile(again, a.id, BUSY), again), []);
});

test('of other files only the end is heard, of several at once each', () => {
  const [a, b, c] = named('a.csv', 'b.csv', 'c.csv');
  const waiting = withFiles(EMPTY, [a, b, c]);
  const ended = withFile(withFile(waiting, b.id, { phase: 'failed', problem: { passes: false } }), c.id, { phase: 'done' });
  assert.deepEqual(heard(withFile(waiting, b.id, { phase: 'sending' }), waiting), []);
  assert.deepEqual(heard(ended, waiting), ['failed b.csv', 'done c.csv']);
});

test('what is wrong with the shown file is left to its panel', () => {
  const [a] = named('a.csv');
  const waiting = withFiles(EMPTY, [a]);
  assert.deepEqual(heard(withFile(waiting, a.id, { phase: 'failed', problem: { passes: false } }), waiting), []);
});

test('a file that is given while a model is trained is said to be kept', () => {
  const state = withFiles({ ...EMPTY, service: TRAINING }, named('a.csv'));
  assert.deepEqual(heard(state, EMPTY), ['kept a.csv']);
  assert.deepEqual(heard({ ...state, service: READY }, state), ['sending a.csv']);
});

test('a forecast that was cancelled is heard of', () => {
  const [a] = named('a.csv');
  const sending = withFile(withFiles(EMPTY, [a]), a.id, { phase: 'sending' });
  assert.deepEqual(heard({ ...sending, files: [] }, sending), ['cancelled a.csv']);
});

import assert from 'node:assert/strict';
import test from 'node:test';

import { newFile, withFile, withFiles } from '../../public/scripts/state/queue.js';
import { serviceOf, unreachable } from '../../public/scripts/state/service.js';
import { announcementsOf, statusOf } from '../../public/scripts/state/file_status.js';

const READY = serviceOf({ model: {}, trainer: null });
const TRAINING = serviceOf({ model: null, trainer: { state: 'running' } });
const EMPTY = { files: [], shown: null, service: READY };
const BUSY = { phase: 'waiting', retryIn: 3, problem: { isTransient: true } };
const named = (...names) => names.map((name) => newFile(name, new File(['x'], name)));
const heard = (state, before) => announcementsOf(state, before).map(({ key, name }) => `${key} ${name}`);

test('a waiting file shows what it is waiting for', () => {
  const [file] = named('a.csv');
  assert.equal(statusOf(file, READY), 'waiting');
  assert.equal(statusOf(file, TRAINING), 'kept');
  assert.equal(statusOf({ ...file, ...BUSY }, READY), 'retry');
  assert.equal(statusOf({ ...file, ...BUSY }, unreachable(READY)), 'retryAway');
});

test('a file kept until there is a model stays kept while the service is away', () => {
  const [file] = named('a.csv');
  assert.equal(statusOf(file, unreachable(unreachable(TRAINING))), 'kept');
  assert.equal(statusOf({ ...file, phase: 'failed', problem: { isTransient: true } }, TRAINING), 'kept');
});

test('a file that failed because of the service waits for it', () => {
  const [file] = named('a.csv');
  assert.equal(statusOf({ ...file, phase: 'failed', problem: { isTransient: true } }, READY), 'away');
  assert.equal(statusOf({ ...file, phase: 'failed', problem: { isTransient: false } }, READY), 'failed');
});

test('a file that can be read in several ways asks for a choice', () => {
  const [file] = named('a.csv');
  const problem = { isTransient: false, errors: [{ choice: { parameter: 'dates', options: {} } }] };
  assert.equal(statusOf({ ...file, phase: 'failed', problem }, READY), 'asks');
});

test('the start and end of the shown file are announced once', () => {
  const [a] = named('a.csv');
  const waiting = withFiles(EMPTY, [a]);
  const sending = withFile(waiting, a.id, { phase: 'sending', sent: 0.5 });
  const done = withFile(sending, a.id, { phase: 'done' });
  assert.deepEqual(heard(waiting, EMPTY), ['sending a.csv']);
  assert.deepEqual(heard(sending, waiting), []);
  assert.deepEqual(heard(done, sending), ['done a.csv']);
  assert.deepEqual(heard(done, done), []);
});

test('repeated retries of a file are announced once', () => {
  const [a] = named('a.csv');
  const sending = withFile(withFiles(EMPTY, [a]), a.id, { phase: 'sending' });
  const busy = withFile(sending, a.id, BUSY);
  const again = withFile(busy, a.id, { phase: 'sending', retryIn: null });
  assert.deepEqual(heard(busy, sending), ['retry a.csv']);
  assert.deepEqual(heard(again, busy), []);
  assert.deepEqual(heard(withFile(again, a.id, BUSY), again), []);
});

test('for other files, only the end is announced, each separately', () => {
  const [a, b, c] = named('a.csv', 'b.csv', 'c.csv');
  const waiting = withFiles(EMPTY, [a, b, c]);
  const ended = withFile(withFile(waiting, b.id, { phase: 'failed', problem: { isTransient: false } }), c.id, { phase: 'done' });
  assert.deepEqual(heard(withFile(waiting, b.id, { phase: 'sending' }), waiting), []);
  assert.deepEqual(heard(ended, waiting), ['failed b.csv', 'done c.csv']);
});

test('the shown file\'s problem is left to its panel', () => {
  const [a] = named('a.csv');
  const waiting = withFiles(EMPTY, [a]);
  assert.deepEqual(heard(withFile(waiting, a.id, { phase: 'failed', problem: { isTransient: false } }), waiting), []);
});

test('a file added during the first training is announced as kept', () => {
  const state = withFiles({ ...EMPTY, service: TRAINING }, named('a.csv'));
  assert.deepEqual(heard(state, EMPTY), ['kept a.csv']);
  assert.deepEqual(heard({ ...state, service: READY }, state), ['sending a.csv']);
});

test('a cancelled forecast is announced', () => {
  const [a] = named('a.csv');
  const sending = withFile(withFiles(EMPTY, [a]), a.id, { phase: 'sending' });
  assert.deepEqual(heard({ ...sending, files: [] }, sending), ['cancelled a.csv']);
});

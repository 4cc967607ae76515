import assert from 'node:assert/strict';
import test from 'node:test';

import { acceptsFiles, epochFraction, isBack, isNewer, secondsToNextPoll, serviceOf, stageMarks, UNKNOWN, unreachable } from '../../public/scripts/state/service.js';

const model = { version: '20261122T101500Z-1a2b3c4d' };
const trainer = { state: 'running', stage: 'train', epoch: 15, epochs: 60 };
const marks = (status) => stageMarks(status).map(({ mark }) => mark);

test('with a published model the service is ready, whatever the trainer does', () => {
  for (const state of ['running', 'done', 'failed']) {
    assert.equal(serviceOf({ model, trainer: { ...trainer, state } }).kind, 'ready');
  }
});

test('without a model, the status of the trainer decides', () => {
  assert.equal(serviceOf({ model: null, trainer }).kind, 'training');
  assert.equal(serviceOf({ model: null, trainer: { ...trainer, state: 'failed' } }).kind, 'failed');
  assert.equal(serviceOf({ model: null, trainer: { ...trainer, state: 'done' } }).kind, 'publishing');
  assert.equal(serviceOf({ model: null, trainer: null }).kind, 'untrained');
});

test('an unreachable service keeps its last known state', () => {
  const service = unreachable(serviceOf({ model, trainer }));
  assert.equal(service.kind, 'unreachable');
  assert.equal(service.model, model);
});

test('a service is back only when it becomes ready', () => {
  const ready = serviceOf({ model, trainer: null });
  assert.equal(isBack(unreachable(ready), ready), true);
  assert.equal(isBack(ready, ready), false);
  assert.equal(isBack(ready, unreachable(ready)), false);
});

test('a model after a rollback is not newer', () => {
  const [older, newer] = ['20261122T101500Z-ffffffff', '20261123T101500Z-00000000'].map((version) => ({ version }));
  assert.equal(isNewer(newer, older), true);
  assert.equal(isNewer(older, newer), false);
});

test('files are accepted unless the service is known to have no model', () => {
  assert.equal(acceptsFiles(UNKNOWN), true);
  assert.equal(acceptsFiles(serviceOf({ model, trainer: null })), true);
  assert.equal(acceptsFiles(serviceOf({ model: null, trainer })), false);
});

test('the page polls every two seconds until a model is ready, then rarely', () => {
  assert.equal(secondsToNextPoll(serviceOf({ model: null, trainer })), 2);
  assert.equal(secondsToNextPoll(unreachable(UNKNOWN)), 2);
  assert.equal(secondsToNextPoll(serviceOf({ model, trainer: null })), 15);
});

test('stages before the current one are done, and later ones wait', () => {
  assert.deepEqual(marks(trainer), ['done', 'done', 'done', 'current', 'waiting', 'waiting']);
});

test('the failed stage is marked', () => {
  assert.deepEqual(marks({ state: 'failed', stage: 'preprocess' }), ['done', 'failed', 'waiting', 'waiting', 'waiting', 'waiting']);
});

test('before the first stage all wait, and after the last all are done', () => {
  assert.equal(marks({ state: 'running', stage: null }).every((mark) => mark === 'waiting'), true);
  assert.equal(marks({ state: 'done', stage: 'publish' }).every((mark) => mark === 'done'), true);
});

test('the epoch fraction is null for a stage without epochs', () => {
  assert.equal(epochFraction(trainer), 0.25);
  assert.equal(epochFraction({ ...trainer, epoch: null, epochs: null }), null);
  assert.equal(epochFraction(null), null);
});

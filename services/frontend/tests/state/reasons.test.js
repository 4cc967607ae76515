import assert from 'node:assert/strict';
import test from 'node:test';

import { stepsOf } from '../../public/scripts/state/reasons.js';
import { reasons } from '../answers.js';

const isKnown = (of) => of !== 'brand_new';
const logs = { friday: -0.004, memory: -0.06, options_expiry: 0.2, lstm: 0.007 };
const withRest = { ...logs, market: 0.005 };

test('the largest step comes first, and the small parts last as one', () => {
  const steps = stepsOf(reasons(100, withRest), isKnown);
  assert.deepEqual(steps.map(({ of }) => of), ['options_expiry', 'memory', null]);
});

test('each step starts where the one before it ends, from the usual volume to the forecast', () => {
  const steps = stepsOf(reasons(100, withRest), isKnown);
  assert.equal(steps[0].from, 100);
  for (const [index, step] of steps.slice(1).entries()) assert.equal(step.from, steps[index].to);
  const sum = Object.values(withRest).reduce((one, other) => one + other);
  assert.ok(Math.abs(steps.at(-1).to - 100 * Math.exp(sum)) < 1e-9);
});

test('a step changes the volume by its fraction', () => {
  for (const { change, from, to } of stepsOf(reasons(100, logs), isKnown)) {
    assert.ok(Math.abs(to / from - 1 - change) < 1e-12);
  }
});

test('small parts that cancel out are left out', () => {
  const steps = stepsOf(reasons(100, logs), isKnown);
  assert.deepEqual(steps.map(({ of }) => of), ['options_expiry', 'memory']);
  assert.deepEqual(stepsOf(reasons(100, { memory: 0.004, lstm: -0.004 }), isKnown), []);
});

test('a part that the page doesn\'t know is among the rest, whatever its size', () => {
  const steps = stepsOf(reasons(100, { brand_new: 0.5, memory: 0.02 }), isKnown);
  assert.deepEqual(steps.map(({ of }) => of), ['memory', null]);
});

test('of the same size, the parts keep their order', () => {
  const steps = stepsOf(reasons(100, { monday: 0.02, memory: 0.02 }), isKnown);
  assert.deepEqual(steps.map(({ of }) => of), ['monday', 'memory']);
});

import assert from 'node:assert/strict';
import test from 'node:test';

import { amountsOf, roundedTo, stepsOf } from '../../public/scripts/state/reasons.js';
import { reasons } from '../answers.js';

const USUAL = 17_261_318;
const isKnown = (of) => of !== 'brand_new';
const sumOf = (values) => values.reduce((one, other) => one + other, 0);
const forecastOf = (usual, logs) => usual * Math.exp(sumOf(Object.values(logs)));
const stepsFor = (usual, logs) => stepsOf(reasons(usual, logs), forecastOf(usual, logs), isKnown);
const namesOf = (steps) => steps.map(({ of }) => of);
const logs = { friday: -0.004, memory: -0.06, options_expiry: 0.2, lstm: 0.007 };
const DOWN = { memory: 0.02, news: 0.03, market: 0.04, reports: 0.05, monday: 0.06, lstm: 0.001 };
const UP = Object.fromEntries(Object.entries(DOWN).map(([of, log]) => [of, -log]));

test('the largest step comes first, and the small parts last as one', () => {
  assert.deepEqual(namesOf(stepsFor(100, logs)), ['options_expiry', 'memory', null]);
});

test('each step starts where the one before it ends, from the usual volume to the forecast', () => {
  const steps = stepsFor(100, logs);
  assert.equal(steps[0].from, 100);
  for (const [index, step] of steps.slice(1).entries()) assert.equal(step.from, steps[index].to);
  assert.equal(steps.at(-1).to, forecastOf(100, logs));
});

test('a step changes the volume by its fraction', () => {
  for (const { change, from, to } of stepsFor(100, logs)) {
    assert.ok(Math.abs(to / from - 1 - change) < 1e-12);
  }
});

test('a part that the page doesn\'t know is among the rest, whatever its size', () => {
  assert.deepEqual(namesOf(stepsFor(100, { brand_new: 0.5, memory: 0.02 })), ['memory', null]);
});

test('of the same size, the parts keep their order', () => {
  const names = namesOf(stepsFor(100, { monday: 0.02, memory: 0.02, lstm: 0.001 }));
  assert.deepEqual(names, ['monday', 'memory', null]);
});

test('the amounts add up to the forecast', () => {
  for (const parts of [logs, DOWN, UP, { half_day: -0.9, lstm: 0.001 }, { memory: 0 }]) {
    for (const usual of [3, 950, 12_345, USUAL, 99_995_000, 7.5e9]) {
      const volume = forecastOf(usual, parts);
      const amounts = amountsOf(usual, stepsFor(usual, parts), volume);
      assert.equal(amounts.usual + sumOf(amounts.changes), amounts.forecast);
    }
  }
});

test('an amount differs from its step by less than one unit', () => {
  for (const parts of [logs, DOWN, UP]) {
    const steps = stepsFor(USUAL, parts);
    const { unit, changes } = amountsOf(USUAL, steps, forecastOf(USUAL, parts));
    for (const [index, { from, to }] of steps.entries()) {
      assert.ok(Math.abs(changes[index] * unit - (to - from)) < unit);
    }
  }
});

test('the larger total has four digits and the smaller at least three', () => {
  const unitFor = (usual, volume) => amountsOf(usual, [], volume).unit;
  assert.equal(unitFor(17_261_318, 17_134_704), 10_000);
  assert.equal(unitFor(17_261_318, 9_134_704), 10_000);
  assert.equal(unitFor(17_261_318, 134_704), 1000);
  assert.equal(unitFor(950, 12), 1);
});

test('the amounts that lost most by rounding down are raised', () => {
  assert.deepEqual(roundedTo(3, [0.2, 0.9, 1.7]), [0, 1, 2]);
  assert.deepEqual(roundedTo(2, [0.2, 0.9, 1.7]), [0, 1, 1]);
  assert.deepEqual(roundedTo(-2, [-0.4, -1.3]), [-1, -1]);
});

test('of amounts that lost the same, the first is raised', () => {
  assert.deepEqual(roundedTo(3, [1.5, 1.5]), [2, 1]);
});

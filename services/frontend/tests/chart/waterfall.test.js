import assert from 'node:assert/strict';
import test from 'node:test';

import { waterfall } from '../../public/scripts/chart/waterfall.js';

class FakeElement {
  children = [];
  attributes = {};

  constructor(name) {
    this.name = name;
  }

  append(...parts) {
    this.children.push(...parts);
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }
}

const STEPS = [
  { from: 0, to: 100, isTotal: true },
  { from: 100, to: 200, isTotal: false },
  { from: 200, to: 150, isTotal: false },
  { from: 0, to: 150, isTotal: true },
];

// The bar and the lines of each picture.
function drawn(context, steps) {
  globalThis.document = { createElementNS: (_, name) => new FakeElement(name) };
  context.after(() => delete globalThis.document);
  return waterfall(steps).map(({ children }) => ({
    bar: children.find(({ name }) => name === 'rect').attributes,
    lines: children.filter(({ name }) => name === 'line').map(({ attributes }) => attributes.x1),
  }));
}

test('bars are placed on a common scale from zero to the largest volume', (context) => {
  const bars = drawn(context, STEPS).map(({ bar }) => [bar.x, bar.width]);
  assert.deepEqual(bars, [['0%', '50%'], ['50%', '50%'], ['75%', '25%'], ['0%', '75%']]);
});

test('a bar up, a bar down and a total look different', (context) => {
  const styles = drawn(context, STEPS).map(({ bar }) => bar.class);
  assert.deepEqual(styles, ['why-total', 'why-more', 'why-less', 'why-total']);
});

test('each bar is linked to the next at the volume that they share', (context) => {
  const lines = drawn(context, STEPS).map((each) => each.lines);
  assert.deepEqual(lines, [['50%'], ['50%', '100%'], ['100%', '75%'], ['75%']]);
});

test('a tiny step at the right edge stays visible and inside', (context) => {
  const [, { bar }] = drawn(context, [STEPS[0], { from: 100, to: 100.01, isTotal: false }]);
  const [x, width] = [bar.x, bar.width].map(parseFloat);
  assert.ok(width >= 0.4 && x + width <= 100);
});

import assert from 'node:assert/strict';
import test from 'node:test';

import { MIN_SESSIONS, fitted, isWhole, latest, moved, scaled, showing, whole } from '../../public/scripts/chart/zoom_range.js';

const COUNT = 255;
const length = ({ first, last }) => last - first + 1;

test('the whole window contains all sessions', () => {
  assert.deepEqual(whole(COUNT), { first: 0, last: 254 });
  assert.equal(isWhole(whole(COUNT), COUNT), true);
});

test('the latest window has some past and all coming sessions', () => {
  assert.deepEqual(latest(45, 250, COUNT), { first: 205, last: 254 });
});

test('a shorter past is shown in full', () => {
  assert.deepEqual(latest(45, 20, 25), { first: 0, last: 24 });
});

test('a window stays within the sessions', () => {
  assert.deepEqual(moved({ first: 10, last: 39 }, -500, COUNT), { first: 0, last: 29 });
  assert.deepEqual(moved({ first: 10, last: 39 }, 500, COUNT), { first: 225, last: 254 });
});

test('a window has at least the minimum and at most all sessions', () => {
  assert.equal(length(fitted({ first: 100, last: 101 }, COUNT)), MIN_SESSIONS);
  assert.deepEqual(fitted({ first: 3, last: 4 }, 5), { first: 0, last: 4 });
});

test('zooming in halves the window around the selected session', () => {
  const closer = scaled({ first: 0, last: 199 }, 0.5, 150, COUNT);
  assert.equal(length(closer), 100);
  assert.ok(closer.first <= 150 && closer.last >= 150);
});

test('the selected session keeps its place on the screen', () => {
  const { first, last } = scaled({ first: 0, last: 200 }, 0.5, 150, COUNT);
  assert.ok(Math.abs((150 - first) / (last - first) - 0.75) < 0.02);
});

test('zooming around a session out of sight keeps the middle', () => {
  const { first, last } = scaled({ first: 100, last: 140 }, 0.5, 3, COUNT);
  assert.ok(Math.abs((first + last) / 2 - 120) <= 1);
});

test('zooming out ends at all sessions', () => {
  assert.deepEqual(scaled({ first: 20, last: 200 }, 2, 100, COUNT), whole(COUNT));
});

test('a window moves just far enough to show a session', () => {
  const window = { first: 100, last: 129 };
  assert.equal(showing(window, 110, COUNT), window);
  assert.deepEqual(showing(window, 130, COUNT), { first: 101, last: 130 });
  assert.deepEqual(showing(window, 99, COUNT), { first: 99, last: 128 });
});

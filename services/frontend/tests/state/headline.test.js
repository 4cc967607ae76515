import assert from 'node:assert/strict';
import test from 'node:test';

import {
  changeFrom, errorsOf, isPast, MEAN_SESSIONS, reasonsOf, recentMean,
} from '../../public/scripts/state/headline.js';
import * as FORECAST from '../../public/scripts/texts/forecast.js';
import * as WHY from '../../public/scripts/texts/why.js';
import { point } from '../answers.js';

const record = (count) => ({ points: [...Array(count).keys()].map((index) => point(`2024-01-${index}`, index < 5 ? 1000 : 100, 90)) });

test('the mean is over the last 22 sessions', () => {
  assert.equal(recentMean({}, record(27)), 100);
  assert.ok(recentMean({}, record(26)) > 100);
});

test('the mean is the usual volume that the forecast is explained with', () => {
  assert.equal(recentMean({ reasons: { usual_volume: 120 } }, null), 120);
});

test('every text names the number of sessions of the mean', () => {
  for (const language of ['EN', 'PT_BR']) {
    const { above, below, same, meanHead } = FORECAST[language];
    const texts = [above('3%', '9'), below('3%', '9'), same('9'), meanHead, WHY[language].note];
    for (const text of texts) assert.match(text, new RegExp(`\\b${MEAN_SESSIONS}\\b`));
  }
});

test('with fewer sessions there is no mean and no change', () => {
  assert.equal(recentMean({}, record(21)), null);
  assert.equal(recentMean({}, null), null);
  assert.equal(changeFrom(null, 5), null);
});

test('a change is relative to the mean', () => {
  assert.ok(Math.abs(changeFrom(100, 112) - 0.12) < 1e-12);
});

test('reasons have their usual effects and are sorted by strength', () => {
  const reasons = reasonsOf({ calendar: ['month_end', 'half_day'] }, { month_end: 0.08, half_day: -0.42 });
  assert.deepEqual(reasons, [{ flag: 'half_day', effect: -0.42 }, { flag: 'month_end', effect: 0.08 }]);
});

test('an unknown or negligible effect is null', () => {
  assert.deepEqual(reasonsOf({ calendar: ['half_day', 'month_end'] }, { month_end: 0.001 }).map(({ effect }) => effect), [null, null]);
});

test('a response without a calendar differs from an ordinary session', () => {
  assert.equal(reasonsOf({}, {}), null);
  assert.deepEqual(reasonsOf({ calendar: [] }, {}), []);
});

test('reference errors are computed from the skill', () => {
  const errors = errorsOf({ mae: 90, skill_vs_har: 0.1, skill_vs_naive: 0.25 });
  assert.deepEqual(errors.map(({ name, error }) => [name, Math.round(error)]), [['forecast', 90], ['har', 100], ['naive', 120]]);
});

test('a reference without a skill is left out', () => {
  assert.deepEqual(errorsOf({ mae: 90 }).map(({ name }) => name), ['forecast']);
});

test('a session is past after a week, but not after a long weekend', () => {
  assert.equal(isPast('2024-12-24', new Date('2024-12-30T12:00:00Z')), false);
  assert.equal(isPast('2024-12-24', new Date('2025-01-06T12:00:00Z')), true);
  assert.equal(isPast('2024-12-24', new Date('2024-12-23T12:00:00Z')), false);
});

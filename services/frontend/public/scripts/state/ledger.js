// What the ledger has of one ticker, for the chart. No DOM.

import { isChampion } from './watch_list.js';

// The forecasts in the form of a response to /predict. Those after the last known volume are
// coming; one in between whose volume is missing leaves a gap.
export function answerOf({ ticker, forecasts }) {
  const mine = forecasts.filter(isChampion);
  const firstComing = mine.findLastIndex(({ actual }) => actual !== null) + 1;
  const points = mine.slice(0, firstComing).map(({ volume, ...rest }) => (
    { ...rest, predicted: volume }
  ));
  return {
    model: { version: [...new Set(mine.map(({ model }) => model))].join(', ') },
    input: { kind: 'history' },
    predictions: mine.slice(firstComing),
    track_record: [{ ticker, sessions: points.length, points }],
  };
}

// The next session's forecast, or null.
export function nextOf({ forecasts }) {
  const last = forecasts.filter(isChampion).at(-1);
  return last && last.actual === null ? last : null;
}

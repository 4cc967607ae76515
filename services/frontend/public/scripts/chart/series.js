// The lines of the chart and the labels of its sessions. No DOM.

import { indexOf, isByRow, predictionsOf, recordOf } from '../state/answer.js';

// One entry a session (or row), evenly spaced, so that weekends leave no gap:
// past sessions have all four lines, coming ones no actual volume.
export function linesOf(answer, ticker) {
  const byRow = isByRow(answer);
  const past = byRow ? [] : recordOf(answer, ticker)?.points ?? [];
  const coming = predictionsOf(answer, ticker);
  return {
    byRow,
    sessions: byRow ? indexOf(answer).byTicker.get(ticker).rows : [...past, ...coming].map((entry) => entry.session),
    actual: [...past.map((point) => point.actual), ...coming.map(() => null)],
    predicted: [...past.map((point) => point.predicted), ...coming.map((prediction) => prediction.volume)],
    lower: [...past, ...coming].map((entry) => entry.lower_80),
    upper: [...past, ...coming].map((entry) => entry.upper_80),
    dates: [...past, ...coming].map((entry) => entry.session), // null where a row of the file has none
    firstComing: past.length,
  };
}

// Labels for the marks of a time axis: the year only where it begins.
export function tickLabels(sessions, format) {
  let year = null;
  return sessions.map((session) => {
    const begins = session.slice(0, 4) !== year;
    year = session.slice(0, 4);
    return begins ? `${format.tickSession(session)}\n${year}` : format.tickSession(session);
  });
}

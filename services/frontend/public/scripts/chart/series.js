// The lines of the chart and the labels of its sessions. No DOM.

import { isByRow, predictionsOf, recordOf, rowsOf } from '../state/answer.js';

// One entry per session (or row), evenly spaced, so that weekends leave no gap. Past sessions have
// all four lines; coming sessions have no actual volume.
export function linesOf(answer, ticker) {
  const byRow = isByRow(answer);
  const past = byRow ? [] : recordOf(answer, ticker)?.points ?? [];
  const coming = predictionsOf(answer, ticker);
  const all = [...past, ...coming];
  return {
    byRow,
    sessions: byRow ? rowsOf(answer, ticker) : all.map((entry) => entry.session),
    actual: [...past.map((point) => point.actual), ...coming.map(() => null)],
    predicted: [...past.map((point) => point.predicted), ...coming.map((next) => next.volume)],
    lower: all.map((entry) => entry.lower_80),
    upper: all.map((entry) => entry.upper_80),
    dates: all.map((entry) => entry.session), // null if a row of the file has none
    firstComing: past.length,
    changes: all.flatMap((_, index) => (isOtherModel(all, index) ? [index] : [])),
  };
}

// Whether another model made this forecast than the one before. Those of one response don't name
// their model.
function isOtherModel(entries, index) {
  return index > 0 && entries[index].model !== entries[index - 1].model;
}

// Labels for the marks of a time axis, with the year at its first session.
export function tickLabels(sessions, format) {
  let year = null;
  return sessions.map((session) => {
    const begins = session.slice(0, 4) !== year;
    year = session.slice(0, 4);
    return begins ? `${format.tickSession(session)}\n${year}` : format.tickSession(session);
  });
}

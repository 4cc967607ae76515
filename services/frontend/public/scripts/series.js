// What an answer of /predict holds for one ticker: its next session, its evidence, its lines to draw. No DOM.

export function tickersOf(answer) {
  return [...new Set(answer.predictions.map((prediction) => prediction.ticker))];
}

export function predictionsOf(answer, ticker) {
  return answer.predictions.filter((prediction) => prediction.ticker === ticker);
}

// The record of that ticker's past forecasts, or null: processed windows have none.
export function recordOf(answer, ticker) {
  return answer.track_record.find((record) => record.ticker === ticker) ?? null;
}

// A history has dates and steps; windows, or anything without dates, only their order in the file.
export function isByRow(answer) {
  return answer.input.kind === 'windows' || answer.predictions.some((prediction) => prediction.session === null);
}

// The lowest and highest of the predicted volumes.
export function extent(predictions) {
  const volumes = predictions.map((prediction) => prediction.volume);
  return { lowest: Math.min(...volumes), highest: Math.max(...volumes) };
}

// The rows of the answer, counted from one, that hold this ticker's predictions.
function rowsOf(answer, ticker) {
  return answer.predictions.flatMap((prediction, index) => (prediction.ticker === ticker ? [index + 1] : []));
}

// One entry a session (or row), evenly spaced, so that weekends leave no gap:
// past sessions have all four lines, coming ones no actual volume. At most `pastSessions` of the past.
export function linesOf(answer, ticker, pastSessions = Infinity) {
  const past = (recordOf(answer, ticker)?.points ?? []).slice(-pastSessions);
  const coming = predictionsOf(answer, ticker);
  const byRow = isByRow(answer);
  return {
    byRow,
    sessions: byRow ? rowsOf(answer, ticker) : [...past, ...coming].map((entry) => entry.session),
    actual: [...past.map((point) => point.actual), ...coming.map(() => null)],
    predicted: [...past.map((point) => point.predicted), ...coming.map((prediction) => prediction.volume)],
    lower: [...past, ...coming].map((entry) => entry.lower_80),
    upper: [...past, ...coming].map((entry) => entry.upper_80),
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

export function pageOf(rows, page, size) {
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const current = Math.min(Math.max(page, 0), pages - 1);
  const first = current * size;
  return { rows: rows.slice(first, first + size), page: current, pages, first: first + 1, last: Math.min(first + size, rows.length) };
}

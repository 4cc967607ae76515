// What an answer of /predict holds for one ticker: its next session, its evidence, its lines to draw. No DOM.

const indexes = new WeakMap();

// Built once an answer, so that none of the many updates of the page goes through all predictions of hundreds of tickers.
export function indexOf(answer) {
  if (!indexes.has(answer)) indexes.set(answer, indexed(answer));
  return indexes.get(answer);
}

function indexed(answer) {
  const { input, predictions } = answer;
  const byTicker = new Map();
  let undated = false;
  predictions.forEach((prediction, position) => {
    const { ticker, session } = prediction;
    if (!byTicker.has(ticker)) byTicker.set(ticker, { predictions: [], rows: [] });
    byTicker.get(ticker).predictions.push(prediction);
    byTicker.get(ticker).rows.push(position + 1);
    undated ||= session === null;
  });
  return {
    tickers: [...byTicker.keys()],
    byTicker,
    records: recordsOf(answer),
    byRow: input.kind === 'windows' || undated,
  };
}

function recordsOf(answer) {
  return new Map(answer.track_record.map((record) => [record.ticker, record]));
}

export function tickersOf(answer) {
  return indexOf(answer).tickers;
}

export function predictionsOf(answer, ticker) {
  return indexOf(answer).byTicker.get(ticker)?.predictions ?? [];
}

// The record of that ticker's past forecasts, or null: processed windows have none.
export function recordOf(answer, ticker) {
  return indexOf(answer).records.get(ticker) ?? null;
}

// A history has dates and steps; windows, or anything without dates, only their order in the file.
export function isByRow(answer) {
  return indexOf(answer).byRow;
}

// A large file is asked for with few of the points of the past: all of one ticker's are asked for when it is looked at.
export function lacksPoints(answer, ticker) {
  const record = recordOf(answer, ticker);
  return !isByRow(answer) && record !== null && !record.filled && record.points.length < record.sessions;
}

// The answer with these past forecasts in that ticker's record. Another object, so that whoever shows them notices;
// its predictions and tickers are the same objects, so that whoever shows those need not.
export function withPoints(answer, ticker, points) {
  const filled = (record) => (record.ticker === ticker ? { ...record, points, filled: true } : record);
  const other = { ...answer, track_record: answer.track_record.map(filled) };
  indexes.set(other, { ...indexOf(answer), records: recordsOf(other) });
  return other;
}

// The lowest and highest of the predicted volumes.
export function extent(predictions) {
  let [lowest, highest] = [Infinity, -Infinity];
  for (const { volume } of predictions) {
    lowest = Math.min(lowest, volume);
    highest = Math.max(highest, volume);
  }
  return { lowest, highest };
}

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

export function pageOf(rows, page, size) {
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const current = Math.min(Math.max(page, 0), pages - 1);
  const first = current * size;
  return { rows: rows.slice(first, first + size), page: current, pages, first: first + 1, last: Math.min(first + size, rows.length) };
}

// The tickers that the typed letters can mean: those that begin with them, then those that hold them elsewhere.
export function matching(tickers, typed) {
  const wanted = folded(typed);
  const begins = (ticker) => folded(ticker).startsWith(wanted);
  const holds = (ticker) => !begins(ticker) && folded(ticker).includes(wanted);
  return [...tickers.filter(begins), ...tickers.filter(holds)];
}

function folded(text) {
  return (text ?? '').trim().toLowerCase();
}

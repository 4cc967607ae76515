// What a response from /predict has for each ticker. No DOM.

const indexes = new WeakMap();

// Built once per response: the page updates often, and a response may have hundreds of tickers.
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

// The numbers of the ticker's rows among all predictions, counted from 1.
export function rowsOf(answer, ticker) {
  return indexOf(answer).byTicker.get(ticker).rows;
}

// The ticker's track record, or null: windows have none.
export function recordOf(answer, ticker) {
  return indexOf(answer).records.get(ticker) ?? null;
}

// A history has dates and steps; windows and predictions without dates have only their order.
export function isByRow(answer) {
  return indexOf(answer).byRow;
}

// For a large file, only a few past forecasts are requested; the rest are fetched when the ticker
// is shown.
export function lacksPoints(answer, ticker) {
  const record = recordOf(answer, ticker);
  if (isByRow(answer) || record === null || record.filled) return false;
  return record.points.length < record.sessions;
}

// The choices that make other rows of the same file read in the same way.
export function choicesOf(reading) {
  const { dates, decimal, columns, volume_unit: unit, separator, sheet, markets } = reading;
  const choices = {
    dates,
    volume: columns.Volume,
    volume_unit: unit,
    ...(sheet ? { sheet } : {}),
    ...(markets.length === 1 ? { market: markets[0] } : {}),
  };
  // Where commas separate the columns, each column may have its own decimal sign.
  return separator === ',' ? choices : { ...choices, decimal };
}

// The response with these past forecasts in the ticker's track record. It is a new object, so
// components that show them update; its predictions and tickers are the same objects, so other
// components don't.
export function withPoints(answer, ticker, points) {
  const records = answer.track_record.map((record) => (
    record.ticker === ticker ? { ...record, points, filled: true } : record
  ));
  const other = { ...answer, track_record: records };
  indexes.set(other, { ...indexOf(answer), records: recordsOf(other) });
  return other;
}

// The lowest and highest of the predicted volumes.
export function extent(predictions) {
  const volumes = predictions.map(({ volume }) => volume);
  const extreme = (choose) => volumes.reduce((one, other) => choose(one, other));
  return { lowest: extreme(Math.min), highest: extreme(Math.max) };
}

// The tickers that begin with the typed letters, then those that contain them.
export function matching(tickers, typed) {
  const wanted = folded(typed);
  const begins = (ticker) => folded(ticker).startsWith(wanted);
  const holds = (ticker) => !begins(ticker) && folded(ticker).includes(wanted);
  return [...tickers.filter(begins), ...tickers.filter(holds)];
}

function folded(text) {
  return (text ?? '').trim().toLowerCase();
}

// Small API responses.

export const prediction = (ticker, session, step, volume) => ({
  ticker,
  session,
  step,
  volume,
  lower_80: volume * 0.8,
  upper_80: volume * 1.2,
  lower_95: volume * 0.7,
  upper_95: volume * 1.3,
});

// logs   by part; they add up to ln(volume / usual)
export const reasons = (usual, logs) => ({
  usual_volume: usual,
  parts: Object.entries(logs).map(([of, log]) => ({ of, log, change: Math.expm1(log) })),
});

export const point = (session, actual, predicted) => ({
  session, actual, predicted, lower_80: predicted * 0.8, upper_80: predicted * 1.2,
});

export const reading = {
  encoding: 'utf-8',
  sheet: null,
  separator: ',',
  header_line: 1,
  columns: { Date: 'Date', Open: 'Open', High: 'High', Low: 'Low', Close: 'Close', Volume: 'Volume', Ticker: 'Ticker' },
  dates: 'year-first',
  decimal: 'point',
  volume_unit: 'shares',
  markets: ['XNYS'],
  options: { volume_unit: ['shares', 'lots-100'] },
};

export const history = {
  model: { version: '20261122T101500Z-1a2b3c4d', trained_at: '2026-11-22T10:15:00Z' },
  input: { kind: 'history', rows: 800, tickers: 2, reading, warnings: [] },
  predictions: [
    prediction('AAPL', '2013-01-02', 1, 100),
    prediction('AAPL', '2013-01-03', 2, 110),
    prediction('IBM', '2013-01-02', 1, 50),
    prediction('IBM', '2013-01-03', 2, 55),
  ],
  track_record: [
    { ticker: 'AAPL', sessions: 250, points: [point('2012-12-28', 90, 95), point('2012-12-31', 120, 105)] },
    { ticker: 'IBM', sessions: 250, points: [point('2012-12-31', 60, 58)] },
  ],
};

export const windows = {
  ...history,
  input: { kind: 'windows', rows: 3, tickers: 1, reading: null, warnings: [] },
  predictions: [30, 10, 20].map((volume) => prediction(null, null, 1, volume)),
  track_record: [],
};

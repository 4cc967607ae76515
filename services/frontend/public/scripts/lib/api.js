// The only module that knows the server's addresses. Paths are relative, so everything stays on
// this origin.

import { postForm } from './upload.js';

// How many past sessions to request for each ticker: all that the chart shows or, if a file may
// have many tickers, only as many as the headline's mean needs.
const ALL_POINTS = 250;
const FEW_POINTS = 22;
const MANY_TICKERS_BYTES = 1024 * 1024;
export const SCORED_BY = ['version', 'calendar', 'month'];

// The server responded with a problem document (RFC 9457).
export class Problem extends Error {
  constructor({ code, params, title, detail, errors, request_id: requestId }, status, retryAfter) {
    super(detail);
    this.name = 'Problem';
    this.code = code ?? null;
    this.params = params ?? {};
    this.title = title;
    this.detail = detail;
    this.errors = errors ?? [];
    this.requestId = requestId ?? null;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

// There was no response: the network or the server is down.
export class Unreachable extends Error {
  name = 'Unreachable';
}

// The file cannot be read: it was changed or removed after it was chosen, or is not a file.
export class Unreadable extends Error {
  name = 'Unreadable';
}

// A response that doesn't have the API's format counts as no response, even if it is JSON.
async function checkedJson(response, isWhole) {
  const body = await response.json();
  try {
    if (isWhole(body)) return body;
  } catch {
    // Not even an object.
  }
  throw new SyntaxError('This response is not from the API.');
}

const isForecast = ({ model, input, predictions, track_record: record }) => (
  model && input && predictions.length > 0 && Array.isArray(record)
);
const isProblem = ({ detail, errors }) => (
  typeof (detail ?? '') === 'string' && Array.isArray(errors ?? [])
);

export function getModel() {
  return get('model', (response) => checkedJson(response, ({ model }) => model !== undefined));
}

export function getSettings() {
  return get('settings.json', (response) => response.json());
}

export function getSample(signal) {
  return get('sample.csv', (response) => response.blob(), { signal });
}

// The latest forecast of each followed ticker, and the state of the loop.
export function getWatchList(signal) {
  return getLedger('forecasts?steps=1', ({ forecasts }) => Array.isArray(forecasts), signal);
}

// One ticker's past forecasts and their scores: { ticker, forecasts, scores: { version, … } }.
export async function getWatched(ticker, signal) {
  const of = (path, query) => `${path}?${new URLSearchParams({ ticker, ...query })}`;
  const isScored = ({ scores }) => Array.isArray(scores);
  const [{ forecasts }, ...cards] = await Promise.all([
    getLedger(of('forecasts', {}), (body) => Array.isArray(body.forecasts), signal),
    ...SCORED_BY.map((by) => getLedger(of('scorecard', { by }), isScored, signal)),
  ]);
  const scores = SCORED_BY.map((by, index) => [by, cards[index].scores]);
  return { ticker, forecasts, scores: Object.fromEntries(scores) };
}

function getLedger(path, isWhole, signal) {
  return get(path, (response) => checkedJson(response, isWhole), { signal });
}

function mayHaveManyTickers(bytes) {
  return bytes > MANY_TICKERS_BYTES;
}

export function pointsFor(bytes) {
  return mayHaveManyTickers(bytes) ? FEW_POINTS : ALL_POINTS;
}

// The page shows the reasons of one ticker. Those of many take the API as long as a second, and
// would double the response.
export function explainsFor(bytes) {
  return !mayHaveManyTickers(bytes);
}

// explain   whether to request the reasons of each forecast
// choices   how to read the file: query parameters, { name: value }
// onSent    called with the fraction that has been sent, 0 to 1
// post      replaces postForm in tests
export async function predict(file, options) {
  const { points = pointsFor(file.size), explain = explainsFor(file.size) } = options;
  const { choices = {}, signal, onSent = () => {}, post = postForm } = options;
  await assertReadable(file);
  const form = new FormData();
  form.append('file', file, file.name);
  const query = new URLSearchParams({ points, ...(explain ? { explain: 1 } : {}), ...choices });
  try {
    const send = () => post(`predict?${query}`, form, { signal, onSent });
    return await request(send, (response) => checkedJson(response, isForecast));
  } catch (error) {
    // A file that changes while it is sent fails like a lost connection.
    if (error instanceof Unreachable) await assertReadable(file);
    throw error;
  }
}

async function assertReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch (error) {
    throw new Unreadable(error.message, { cause: error });
  }
}

function get(path, read, options = {}) {
  return request(() => fetch(path, { cache: 'no-store', ...options }), read);
}

async function request(send, read) {
  try {
    const response = await send();
    if (response.ok) return await read(response);
    throw await problemFrom(response);
  } catch (error) {
    // TypeError: the connection failed. SyntaxError: the response is not from the API.
    // Anything else (a problem, an abort) is for the caller.
    if (error instanceof TypeError || error instanceof SyntaxError) {
      throw new Unreachable(error.message, { cause: error });
    }
    throw error;
  }
}

async function problemFrom(response) {
  const retryAfter = Number(response.headers.get('Retry-After')) || null;
  const type = response.headers.get('Content-Type') ?? '';
  // A proxy in between may respond with HTML; then only the status is known.
  const body = type.includes('json')
    ? await checkedJson(response, isProblem)
    : { title: response.statusText, detail: null };
  return new Problem(body, response.status, retryAfter);
}

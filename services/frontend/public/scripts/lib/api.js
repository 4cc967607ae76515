// The only module that knows the server's addresses. Paths are relative, so everything stays on this origin.

import { postForm } from './upload.js';

// Past sessions of each ticker that come with an answer: all that the chart draws, or, where a file may hold many tickers,
// as many as the headline's mean takes.
const ALL_POINTS = 250;
const FEW_POINTS = 20;
const MANY_TICKERS_BYTES = 1024 * 1024;

// The server answered, and said what is wrong (RFC 9457).
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

// No answer came: the network, or the server, is away.
export class Unreachable extends Error {
  name = 'Unreachable';
}

// The file cannot be read: it was changed on disk since it was chosen, or is gone, or is none.
export class Unreadable extends Error {
  name = 'Unreadable';
}

const asJson = (response) => response.json();

// What is no answer of the API, though it may be JSON, is as good as none.
const asForecast = async (response) => assertHolds(await response.json(), ({ model, input, predictions, track_record: record }) => (
  model && input && predictions.length > 0 && Array.isArray(record)
));
const asModel = async (response) => assertHolds(await response.json(), ({ model }) => model !== undefined);

function assertHolds(body, isWhole) {
  try {
    if (isWhole(body)) return body;
  } catch {
    // Not even an object of that kind.
  }
  throw new SyntaxError('This is no answer of the API.');
}

const asBlob = (response) => response.blob();

export function getModel() {
  return ask('model', asModel);
}

export function getSettings() {
  return ask('settings.json', asJson);
}

export function getSample(signal) {
  return ask('sample.csv', asBlob, { signal });
}

export function pointsFor(bytes) {
  return bytes <= MANY_TICKERS_BYTES ? ALL_POINTS : FEW_POINTS;
}

// onSent   called with how much has been sent, 0 to 1
// post     stands in for the browser's in tests
export async function predict(file, { points = pointsFor(file.size), signal, onSent = () => {}, post = postForm }) {
  await assertReadable(file);
  const form = new FormData();
  form.append('file', file, file.name);
  try {
    return await asked(() => post(`predict?points=${points}`, form, { signal, onSent }), asForecast);
  } catch (error) {
    // A file that changes while it is sent fails as a lost connection does.
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

function ask(path, read, options = {}) {
  return asked(() => fetch(path, { cache: 'no-store', ...options }), read);
}

async function asked(request, read) {
  try {
    const response = await request();
    if (response.ok) return await read(response);
    throw await problemFrom(response);
  } catch (error) {
    // TypeError: the connection failed. SyntaxError: what answered is not the API.
    // Anything else (a problem, an abort) is the caller's to know.
    if (error instanceof TypeError || error instanceof SyntaxError) throw new Unreachable(error.message, { cause: error });
    throw error;
  }
}

async function problemFrom(response) {
  const retryAfter = Number(response.headers.get('Retry-After')) || null;
  const type = response.headers.get('Content-Type') ?? '';
  // A proxy in between may answer in HTML: its status is then all there is to tell.
  const body = type.includes('json') ? await response.json() : { title: response.statusText, detail: null };
  return new Problem(assertHolds(body, ({ detail, errors = [] }) => typeof (detail ?? '') === 'string' && Array.isArray(errors)), response.status, retryAfter);
}

// The only module that talks to the server. Paths are relative, so everything stays on this origin.

export const POINTS = 250; // past sessions to draw

// The server answered, and said what is wrong (RFC 9457).
export class Problem extends Error {
  constructor({ title, detail, errors, request_id: requestId }, status, retryAfter) {
    super(detail);
    this.name = 'Problem';
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

const asJson = (response) => response.json();
const asBlob = (response) => response.blob();

export function getModel() {
  return ask('model', asJson);
}

export function getSettings() {
  return ask('settings.json', asJson);
}

export function getSample(signal) {
  return ask('sample.csv', asBlob, { signal });
}

export function predict(file, { points = POINTS, signal }) {
  const body = new FormData();
  body.append('file', file, file.name);
  const headers = { Accept: 'application/json' };
  return ask(`predict?points=${points}`, asJson, { method: 'POST', body, headers, signal });
}

async function ask(path, read, options = {}) {
  try {
    const response = await fetch(path, { cache: 'no-store', ...options });
    if (response.ok) return await read(response);
    throw await problemFrom(response);
  } catch (error) {
    // TypeError: the connection failed. SyntaxError: what answered is not the API.
    // Anything else (a problem, an abort) is the caller's to know.
    if (error instanceof TypeError || error instanceof SyntaxError) throw new Unreachable(error.message, { cause: error });
    throw error;
  }
}

export async function problemFrom(response) {
  const retryAfter = Number(response.headers.get('Retry-After')) || null;
  const type = response.headers.get('Content-Type') ?? '';
  // A proxy in between may answer in HTML: its status is then all there is to tell.
  const body = type.includes('json') ? await response.json() : { title: response.statusText, detail: null };
  return new Problem(body, response.status, retryAfter);
}

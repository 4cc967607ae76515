// The problems that a file can have, as stored in the state, without texts. No DOM.
//
//   kind          api     the server rejected it or could not serve it
//                 away    there was no response
//                 gone    changed or moved on disk
//                 folder, large, empty
//                 broken  a bug in this page
//   isTransient   the service is at fault, not the file, so the file is resent automatically

import { Problem, Unreachable, Unreadable } from '../lib/api.js';

const OVERLOADED = [429, 502, 503];
const MAX_RETRIES = 20;
const MAX_WAIT_SECONDS = 60;
const DEFAULT_WAIT_SECONDS = 5;

const NONE = {
  code: null,
  params: {},
  title: null,
  detail: null,
  errors: [],
  requestId: null,
  status: null,
  excerpt: null,
  isTransient: false,
};

// What to show for an error that a request to the API threw.
export function problemOf(error) {
  if (error instanceof Unreachable) return { ...NONE, kind: 'away', isTransient: true };
  if (error instanceof Unreadable) return { ...NONE, kind: 'gone' };
  if (!(error instanceof Problem)) return { ...NONE, kind: 'broken', detail: error.message };
  const { code, params, title, detail, errors, requestId, status } = error;
  const isTransient = status === 503 || status === 502;
  return { ...NONE, kind: 'api', code, params, title, detail, errors, requestId, status, isTransient };
}

const UNRETRIED = ['no_model', 'model_refused']; // only a new model helps

// Seconds to wait before retrying a busy server, or null if retrying would not help.
export function secondsToRetry(error, retries) {
  if (!(error instanceof Problem) || !OVERLOADED.includes(error.status)) return null;
  if (UNRETRIED.includes(error.code) || retries >= MAX_RETRIES) return null;
  const seconds = Math.ceil(error.retryAfter ?? DEFAULT_WAIT_SECONDS);
  return Math.min(MAX_WAIT_SECONDS, Math.max(1, seconds));
}

export function tooLarge(size, limitMegabytes) {
  return { ...NONE, kind: 'large', size, limitMegabytes };
}

export function empty() {
  return { ...NONE, kind: 'empty' };
}

export function folder() {
  return { ...NONE, kind: 'folder' };
}

// Whether the file only leaves open how to read it, so that a choice settles it.
export function isQuestion(problem) {
  const errors = problem?.errors ?? [];
  return errors.length > 0 && errors.every(({ choice }) => choice);
}

// The line numbers of the errors, in order.
export function linesOfErrors(errors) {
  const lines = errors.map(({ row }) => row).filter((row) => Number.isInteger(row) && row > 0);
  return [...new Set(lines)].sort((one, other) => one - other);
}

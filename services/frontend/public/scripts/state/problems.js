// What can be wrong with a file, as the state holds it: no words in any language yet. No DOM.
//
//   kind     api: the server said what | away: no answer came | gone: changed or moved on disk | folder | large | empty
//            | broken: a fault of this page
//   passes   it lies with the service, not with the file: to be sent again when the service is back

import { Problem, Unreachable, Unreadable } from '../lib/api.js';

const OVERLOADED = [429, 502, 503];
const RETRIES = 20;
const LONGEST_WAIT_SECONDS = 60;
const DEFAULT_WAIT_SECONDS = 5;

const NONE = {
  code: null, params: {}, title: null, detail: null, errors: [], requestId: null, status: null, excerpt: null, passes: false,
};

// What to show for an error that asking the API threw.
export function problemOf(error) {
  if (error instanceof Unreachable) return { ...NONE, kind: 'away', passes: true };
  if (error instanceof Unreadable) return { ...NONE, kind: 'gone' };
  if (!(error instanceof Problem)) return { ...NONE, kind: 'broken', detail: error.message };
  const { code, params, title, detail, errors, requestId, status } = error;
  return { ...NONE, kind: 'api', code, params, title, detail, errors, requestId, status, passes: status === 503 || status === 502 };
}

// Seconds until a busy server may be asked again, or null where asking again would not help.
export function secondsToRetry(error, retries) {
  if (!(error instanceof Problem) || !OVERLOADED.includes(error.status)) return null;
  if (error.code === 'no_model' || retries >= RETRIES) return null;
  return Math.min(LONGEST_WAIT_SECONDS, Math.max(1, Math.ceil(error.retryAfter ?? DEFAULT_WAIT_SECONDS)));
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

// The lines of the file that the errors speak of.
export function linesOfErrors(errors) {
  return [...new Set(errors.map(({ row }) => row).filter((row) => Number.isInteger(row) && row > 0))].sort((one, other) => one - other);
}

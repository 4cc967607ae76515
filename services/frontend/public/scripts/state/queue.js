// The files of this visit, and which of them is shown. No DOM.
//
//   { id, name, size, phase, sent, problem, answer, text, retryIn, resends }
//
//   phase      waiting: for its turn, or for retryIn seconds | sending | forecasting | done | failed
//   sent       how much has been sent, 0 to 1
//   problem    what is wrong, see problems.js; of a file under way: why it had to wait
//   answer     of POST /predict; it stays while the file is forecast again
//   resends    how often it was sent again after a lost connection
//   text       the File itself, or null where it is yet to be fetched

import { isolated } from '../lib/names.js';

// More at once would only wait for one another in the API.
const LANES = 2;
const MOST_RESENDS = 3; // of one file, while the service itself seems to be well

let last = 0;

export function newFile(name, text) {
  last += 1;
  return { id: last, name: isolated(name), size: text?.size ?? null, phase: 'waiting', sent: 0, problem: null, answer: null, text, retryIn: null, resends: 0 };
}

export function isUnderWay(file) {
  return isRunning(file) || file.phase === 'waiting';
}

function isRunning({ phase }) {
  return phase === 'sending' || phase === 'forecasting';
}

export function fileOf({ files }, id) {
  return files.find((file) => file.id === id) ?? null;
}

export function shownFile(state) {
  return fileOf(state, state.shown);
}

// The file whose answer stands on the page: the shown one, or the one before it while that has none.
export function answeredFile(state) {
  return fileOf(state, state.answered);
}

// What follows from the rest of the state: whose answer stands, and from its start if it is another's.
// A file that was forecast again keeps its ticker.
export function settled(state, tickersOf) {
  const shown = shownFile(state);
  const before = answeredFile(state);
  const file = shown?.answer ? shown : before;
  if (!file) return { ...state, answered: null, drawn: null, ticker: null, page: 0, zoom: null };
  if (file.answer === state.drawn) return { ...state, answered: file.id };
  const tickers = tickersOf(file.answer);
  const keeps = file.id === state.answered && tickers.includes(state.ticker);
  return { ...state, answered: file.id, drawn: file.answer, ticker: keeps ? state.ticker : tickers[0], page: 0, zoom: null };
}

// The newest gesture is what is wanted now: its first file is shown.
export function withFiles(state, added) {
  const names = new Set(added.map(({ name }) => name));
  // One that could not be used and is sent anew, now mended, takes the place of the other.
  const kept = state.files.filter((file) => !(names.has(file.name) && isUseless(file)));
  const files = added.reduce((before, file) => [...before, numbered(file, before)], kept);
  return { ...state, files, shown: added[0].id };
}

function isUseless({ phase, problem, answer }) {
  return phase === 'failed' && !problem.passes && !answer;
}

// Of several files of one name, the later are numbered: otherwise nobody could tell whose forecast is shown.
function numbered(file, others) {
  const names = new Set(others.map(({ name }) => name));
  if (!names.has(file.name)) return file;
  let number = 2;
  while (names.has(`${file.name} (${number})`)) number += 1;
  return { ...file, name: `${file.name} (${number})` };
}

export function withFile(state, id, changes) {
  return { ...state, files: state.files.map((file) => (file.id === id ? { ...file, ...changes } : file)) };
}

// The same answer with more in it: where it is drawn, the ticker and the page that are read stay.
export function withFuller(state, id, answer) {
  const drawn = fileOf(state, id).answer === state.drawn ? answer : state.drawn;
  return { ...withFile(state, id, { answer }), drawn };
}

// What is left shows the answer that stood, or the newest file.
export function withoutFile(state, id) {
  const files = state.files.filter((file) => file.id !== id);
  const answered = files.find((file) => file.id === state.answered) ?? files.findLast((file) => file.answer);
  const shown = state.shown === id ? (answered ?? files.at(-1))?.id ?? null : state.shown;
  return { ...state, files, shown };
}

// The files whose turn it is. The shown one is what someone looks at: it never waits behind others.
export function nextFiles(state) {
  const waiting = state.files.filter((file) => file.phase === 'waiting' && file.retryIn === null);
  const free = Math.max(0, LANES - state.files.filter(isRunning).length);
  const first = waiting.filter((file) => file.id === state.shown);
  return [...first, ...waiting.filter((file) => file.id !== state.shown).slice(0, Math.max(0, free - first.length))];
}

// A file that failed for want of a service and is sent again by itself once that answers.
export function isStranded({ phase, problem, resends }) {
  return phase === 'failed' && problem.passes && resends < MOST_RESENDS;
}

// The files to send when the service is looked at and found well: if it was away, all that failed for want of it.
export function stranded(state, wasAway) {
  return state.files.filter((file) => isStranded(file) || (wasAway && file.phase === 'failed' && file.problem.passes));
}

// The files of this visit, and which of them is shown. No DOM.
//
//   { id, name, size, phase, sent, problem, answer, text, retryIn, resends }
//
//   phase      waiting (in the queue, or for retryIn seconds), sending, forecasting, done, failed
//   sent       the fraction that has been sent, 0 to 1
//   problem    what is wrong, see problems.js; while the file is under way, why it had to wait
//   answer     the response to POST /predict; kept while the file is forecast again
//   resends    how often it was sent again after a lost connection
//   choices    how to read the file, by query parameter, as its sender chose
//   answerChoices   the choices that `answer` was made with
//   text       the File itself, or null until it is fetched

import { isolated } from '../lib/names.js';

// If more were sent at once, they would only wait for each other in the API.
const MAX_RUNNING = 2;
const MAX_RESENDS = 3; // of one file, while the service itself seems healthy

let last = 0;

export function newFile(name, text) {
  last += 1;
  return {
    id: last,
    name: isolated(name),
    size: text?.size ?? null,
    phase: 'waiting',
    sent: 0,
    problem: null,
    answer: null,
    text,
    retryIn: null,
    resends: 0,
    choices: {},
    answerChoices: {},
  };
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

// The file whose response is on the page: the shown file, or the previous one until it has a
// response.
export function answeredFile(state) {
  return fileOf(state, state.answered);
}

// Derives which file's response is on the page. Another file's response starts with its first
// ticker; a file that was forecast again keeps its ticker.
export function withAnswer(state, tickersOf) {
  const shown = shownFile(state);
  const file = shown?.answer ? shown : answeredFile(state);
  if (!file) return { ...state, answered: null, drawn: null, ticker: null, page: 0, zoom: null };
  const { id, answer } = file;
  if (answer === state.drawn) return { ...state, answered: id };
  const tickers = tickersOf(answer);
  const keeps = id === state.answered && tickers.includes(state.ticker);
  const ticker = keeps ? state.ticker : tickers[0];
  return { ...state, answered: id, drawn: answer, ticker, page: 0, zoom: null };
}

// Shows the first of the added files, which the user has just chosen.
export function withFiles(state, added) {
  const names = new Set(added.map(({ name }) => name));
  // A corrected file replaces an unusable one with the same name.
  const kept = state.files.filter((file) => !(names.has(file.name) && isUnusable(file)));
  const files = added.reduce((before, file) => [...before, numbered(file, before)], kept);
  return { ...state, files, shown: added[0].id };
}

function isUnusable({ phase, problem, answer }) {
  return phase === 'failed' && !problem.isTransient && !answer;
}

// Numbers files with the same name, so the user knows which file's forecast is shown.
function numbered(file, others) {
  const names = new Set(others.map(({ name }) => name));
  if (!names.has(file.name)) return file;
  let number = 2;
  while (names.has(`${file.name} (${number})`)) number += 1;
  return { ...file, name: `${file.name} (${number})` };
}

export function withFile(state, id, changes) {
  const files = state.files.map((file) => (file.id === id ? { ...file, ...changes } : file));
  return { ...state, files };
}

// Adds choices about how to read a file. '' takes one back, so the API decides again.
export function withChoices(state, id, choices) {
  const outdated = outdatedBy(choices);
  const before = Object.entries(fileOf(state, id).choices);
  const kept = before.filter(([name]) => !outdated.includes(name));
  const after = Object.entries({ ...Object.fromEntries(kept), ...choices });
  const made = after.filter(([, value]) => value !== '');
  return withFile(state, id, { choices: Object.fromEntries(made) });
}

// In another encoding or sheet, the columns have other names; in another column, another unit.
function outdatedBy(choices) {
  if ('encoding' in choices || 'sheet' in choices) return ['volume', 'volume_unit'];
  return 'volume' in choices ? ['volume_unit'] : [];
}

// Takes back the choices that were made since the file's response.
export function withChoicesOfAnswer(state, id) {
  const file = fileOf(state, id);
  return file?.answer ? withFile(state, id, { choices: file.answerChoices }) : state;
}

// Replaces a response with a more complete version. If it is on the page, the ticker and page stay.
export function withMorePoints(state, id, answer) {
  const drawn = fileOf(state, id).answer === state.drawn ? answer : state.drawn;
  return { ...withFile(state, id, { answer }), drawn };
}

// Removes a file. The page keeps showing its current response or, if that is gone, the newest file.
export function withoutFile(state, id) {
  const files = state.files.filter((file) => file.id !== id);
  const answered = files.find((file) => file.id === state.answered)
    ?? files.findLast((file) => file.answer);
  const shown = state.shown === id ? (answered ?? files.at(-1))?.id ?? null : state.shown;
  return { ...state, files, shown };
}

// The files to send now. The shown file never waits for others.
export function nextFiles(state) {
  const waiting = state.files.filter((file) => file.phase === 'waiting' && file.retryIn === null);
  const free = Math.max(0, MAX_RUNNING - state.files.filter(isRunning).length);
  const first = waiting.filter((file) => file.id === state.shown);
  const others = waiting.filter((file) => file.id !== state.shown);
  return [...first, ...others.slice(0, Math.max(0, free - first.length))];
}

// Whether a file failed because of the service and is sent again when the service responds.
export function isToBeResent({ phase, problem, resends }) {
  return phase === 'failed' && problem.isTransient && resends < MAX_RESENDS;
}

// The files to send again now that the service responds. After an outage, these are all files that
// failed because of it.
export function filesToResend(state, wasAway) {
  return state.files.filter((file) => (
    isToBeResent(file) || (wasAway && file.phase === 'failed' && file.problem.isTransient)
  ));
}

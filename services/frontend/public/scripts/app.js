// Wires the page: one state, the components that show it, and the two things that change it: the
// server's answers and the user.

import {
  getModel, getSample, getSettings, predict, Problem as ApiProblem, Unreachable,
} from './lib/api.js';
import { Chart } from './chart/chart.js';
import { pastedCsv } from './csv/clipboard.js';
import { Footer } from './components/footer.js';
import { Dropzone } from './components/dropzone.js';
import { readLines } from './csv/file_lines.js';
import { Files } from './components/files.js';
import { Forecast } from './components/forecast.js';
import { isTooLarge } from './lib/format.js';
import { Guide } from './components/guide.js';
import { chosenLanguage, createLanguage } from './lib/language.js';
import { LanguageSwitch } from './components/language_switch.js';
import { Masthead } from './components/masthead.js';
import { PastPoints } from './components/past_points.js';
import { Predictions } from './components/predictions.js';
import { Problem } from './components/problem.js';
import {
  empty, folder, linesOfErrors, problemOf, secondsToRetry, tooLarge,
} from './state/problems.js';
import {
  fileOf, newFile, nextFiles, settled, stranded, withFile, withFiles, withFuller, withoutFile,
} from './state/queue.js';
import { Result } from './components/result.js';
import { tickersOf, withPoints } from './state/answer.js';
import {
  isBack, secondsToNextLook, serviceOf, takesFiles, UNKNOWN, unreachable,
} from './state/service.js';
import { Tickers } from './components/tickers.js';
import { Training } from './components/training.js';
import { Trust } from './components/trust.js';

const SAMPLE_NAME = 'sample.csv';
const PASTED_NAME = 'pasted.csv';
const LANGUAGE_KEY = 'language';
const FALLBACK_LIMIT_MEGABYTES = 10; // if another server than our nginx serves the page

let state = {
  service: UNKNOWN,
  limitMegabytes: FALLBACK_LIMIT_MEGABYTES,
  language: languageOf(chosenLanguage(storedLanguage(), navigator.languages)),
  online: navigator.onLine,
  files: [], // see queue.js
  shown: null, // the file whose result or problem is shown
  answered: null, // the file whose answer is on the page
  drawn: null, // that answer
  ticker: null,
  page: 0,
  scale: 'linear', // or 'log'
  zoom: null, // or { first, last }
  past: null, // while more past forecasts are fetched: { id, ticker, phase }
};

const dropzone = Dropzone({
  onFiles: addFiles,
  onText: addText,
  onSample: addSample,
  onCancel: () => remove(state.shown),
});
const components = [
  Footer(),
  Masthead(),
  LanguageSwitch({ onLanguage: setLanguage }),
  dropzone,
  Files({ onShow: (id) => change({ shown: id }), onRemove: remove }),
  Problem({ onClose: remove, onAgain: again }),
  Training(),
  Guide(),
  // Before the chart, which measures its width once the result is visible.
  Result({ onAgain: again }),
  Tickers({ onTicker: showTicker }),
  Forecast(),
  Chart({
    onScale: (scale) => change({ scale }),
    onZoom: (zoom) => change({ zoom }),
    onPastAgain: () => change({ past: null }),
  }),
  Trust(),
  Predictions({ onPage: (page) => change({ page }), onTicker: showTicker }),
  PastPoints({
    getAnswer: (rows, points, signal) => predict(rows, { points, signal }),
    onPast: (past) => change({ past }),
    onPoints: addPoints,
  }),
];

const requests = new Map(); // by the file's id: what aborts its request or its wait
let nextLook = 0; // its timer

function change(changes) {
  state = settled({ ...state, ...changes }, tickersOf);
  const focused = document.activeElement;
  for (const component of components) component.update(state);
  // If the focused element was hidden, the focus goes to where files come in.
  if (focused && focused !== document.body && !focused.checkVisibility()) dropzone.focus();
}

function showTicker(ticker) {
  change({ ticker, zoom: null });
}

// The chart then has more sessions, so the zoom starts again.
function addPoints(id, ticker, points) {
  const answer = fileOf(state, id)?.answer;
  if (!answer) return;
  const fuller = withFuller(state, id, withPoints(answer, ticker, points));
  change({ ...fuller, zoom: null, past: null });
}

function setLanguage(tag) {
  change({ language: languageOf(tag) });
  try {
    localStorage.setItem(LANGUAGE_KEY, tag);
  } catch {
    // Storage may be blocked: the choice then lasts as long as the page.
  }
}

function languageOf(tag) {
  return createLanguage(tag, navigator.languages);
}

function storedLanguage() {
  try {
    return localStorage.getItem(LANGUAGE_KEY);
  } catch {
    return null;
  }
}

function addFiles(files, folders) {
  const found = files.map((file) => newFile(file.name, file));
  add([...found, ...folders.map((name) => failed(newFile(name, null), folder()))]);
}

// Returns the file's id.
function addText(text) {
  const csv = pastedCsv(text);
  const file = newFile(PASTED_NAME, new File([csv], PASTED_NAME, { type: 'text/csv' }));
  add([csv ? file : failed(file, empty())]);
  return file.id;
}

function addSample() {
  const before = state.files.find(({ isSample }) => isSample);
  if (before) return again(before.id);
  return add([{ ...newFile(SAMPLE_NAME, null), isSample: true }]);
}

function add(files) {
  const limit = state.limitMegabytes;
  const checked = files.map((file) => (
    isTooLarge(file.size ?? 0, limit) ? failed(file, tooLarge(file.size, limit)) : file
  ));
  change(withFiles(state, checked));
  start();
}

function failed(file, problem) {
  return { ...file, phase: 'failed', problem };
}

// Until there is a model, files wait for it.
function start() {
  if (!takesFiles(state.service)) return;
  for (const file of nextFiles(state)) forecast(file.id);
}

function again(id) {
  requests.get(id)?.abort();
  const waiting = { phase: 'waiting', problem: null, retryIn: null, resends: 0 };
  change({ ...withFile(state, id, waiting), shown: id });
  start();
}

// A file that has an answer and was to be forecast again goes back to its answer.
function remove(id) {
  requests.get(id)?.abort();
  const file = fileOf(state, id);
  const hasOlderAnswer = file?.answer && file.phase !== 'done';
  const done = { phase: 'done', problem: null, retryIn: null };
  change(hasOlderAnswer ? withFile(state, id, done) : withoutFile(state, id));
  start();
}

async function forecast(id) {
  const request = new AbortController();
  const { signal } = request;
  const put = (changes) => signal.aborted || change(withFile(state, id, changes));
  requests.set(id, request);
  put({ phase: 'sending', sent: 0, retryIn: null });
  try {
    const onSent = (sent) => put({ phase: sent < 1 ? 'sending' : 'forecasting', sent });
    const send = async () => {
      const text = await textOf(id, signal);
      put({ text, size: text.size });
      return predict(text, { signal, onSent });
    };
    const answer = await withRetries(send, put, signal);
    put({ phase: 'done', answer, problem: null, retryIn: null });
  } catch (error) {
    if (signal.aborted) return;
    const problem = await withRows(problemOf(error), fileOf(state, id)?.text);
    put({ phase: 'failed', problem, retryIn: null });
    if (problem.kind === 'broken') throw error;
  } finally {
    if (requests.get(id) === request) requests.delete(id);
    start();
  }
}

async function textOf(id, signal) {
  const text = fileOf(state, id)?.text;
  return text ?? new File([await getSample(signal)], SAMPLE_NAME, { type: 'text/csv' });
}

// A busy server says when to try again; the page counts down the seconds.
async function withRetries(send, put, signal) {
  for (let retries = 0; ; retries += 1) {
    try {
      return await send();
    } catch (error) {
      const seconds = secondsToRetry(error, retries);
      if (signal.aborted || seconds === null) throw error;
      for (let left = seconds; left > 0; left -= 1) {
        put({ phase: 'waiting', problem: problemOf(error), retryIn: left });
        await aSecond(signal);
      }
      put({ phase: 'sending', sent: 0, retryIn: null });
    }
  }
}

function aSecond(signal) {
  return new Promise((resolve, reject) => {
    setTimeout(() => (signal.aborted ? reject(signal.reason) : resolve()), 1000);
  });
}

// Adds the lines of the file that the errors refer to, so that all of it appears at once.
async function withRows(problem, text) {
  if (!text || problem.errors.length === 0) return problem;
  try {
    return { ...problem, excerpt: await readLines(text, linesOfErrors(problem.errors)) };
  } catch (error) {
    // The file has been changed or moved since: the problem is shown without its lines.
    if (error instanceof DOMException) return problem;
    throw error;
  }
}

async function lookAtService() {
  try {
    setService(serviceOf(await getModel()));
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof ApiProblem)) throw error;
    setService(unreachable(state.service));
  } finally {
    clearTimeout(nextLook);
    nextLook = setTimeout(lookAtService, secondsToNextLook(state.service) * 1000);
  }
}

// Files that failed because of the service are sent again once it is back.
function setService(service) {
  const back = isBack(state.service, service);
  change({ service });
  if (service.kind !== 'ready') return;
  if (back && state.past?.phase === 'failed') change({ past: null });
  for (const { id, resends } of stranded(state, back)) {
    change(withFile(state, id, { phase: 'waiting', retryIn: null, resends: resends + 1 }));
  }
  start();
}

function setOnline(online) {
  change({ online });
  if (online) lookAtService();
  else setService(unreachable(state.service));
}

async function readSettings() {
  try {
    change({ limitMegabytes: (await getSettings()).max_upload_mb });
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof ApiProblem)) throw error;
  }
}

change({});
document.querySelector('.masthead-unstarted').remove();
readSettings();
lookAtService();
// Browsers slow down tabs in the background: look again as soon as this one is visible.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') lookAtService();
});
addEventListener('online', () => setOnline(true));
addEventListener('offline', () => setOnline(false));

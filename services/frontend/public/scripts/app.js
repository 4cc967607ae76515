// Connects the parts of the page: the state, the components that show it, and the events that
// change it, which are the user's actions and the server's responses.

import { Chart } from './chart/chart.js';
import { Dropzone } from './components/dropzone.js';
import { Files } from './components/files.js';
import { Footer } from './components/footer.js';
import { Forecast } from './components/forecast.js';
import { Guide } from './components/guide.js';
import { LanguageSwitch } from './components/language_switch.js';
import { Masthead } from './components/masthead.js';
import { PastPoints } from './components/past_points.js';
import { Predictions } from './components/predictions.js';
import { Problem } from './components/problem.js';
import { Reading } from './components/reading.js';
import { Result } from './components/result.js';
import { Tickers } from './components/tickers.js';
import { Training } from './components/training.js';
import { Trust } from './components/trust.js';
import { Views } from './components/views.js';
import { Why } from './components/why.js';
import { pastedCsv } from './csv/clipboard.js';
import { readLines } from './csv/file_lines.js';
import * as api from './lib/api.js';
import { isTooLarge } from './lib/format.js';
import { chosenLanguage, createLanguage } from './lib/language.js';
import { tickersOf, withPoints } from './state/answer.js';
import * as problems from './state/problems.js';
import * as queue from './state/queue.js';
import {
  acceptsFiles, isBack, secondsToNextPoll, serviceOf, UNKNOWN, unreachable,
} from './state/service.js';
import { FORECAST, viewOf } from './state/view.js';
import { Requests } from './watch_list/requests.js';
import { WatchList } from './watch_list/watch_list.js';

const SAMPLE_NAME = 'sample.csv';
const PASTED_NAME = 'pasted.csv';
const LANGUAGE_KEY = 'language';
const FALLBACK_LIMIT_MEGABYTES = 10; // if the page is served without nginx's /settings.json

let state = {
  service: UNKNOWN,
  limitMegabytes: FALLBACK_LIMIT_MEGABYTES,
  language: languageOf(chosenLanguage(storedLanguage(), navigator.languages)),
  online: navigator.onLine,
  files: [], // see queue.js
  shown: null, // the file whose result or problem is shown
  answered: null, // the file whose response is on the page
  drawn: null, // that response
  ticker: null,
  page: 0,
  scale: 'linear', // or 'log'
  zoom: null, // or { first, last }
  past: null, // the request for more past forecasts: { id, ticker, phase }
  view: viewOf(location.hash),
  ledger: { list: null, ticker: null, problem: null }, // what the watch-list fetched
};

const dropzone = Dropzone({
  onFiles: addFiles,
  onText: addText,
  onSample: addSample,
  onCancel: () => remove(state.shown),
});
// Before the chart, because it copies the chart's markup.
const watchList = WatchList({ onAgain: () => watchRequests.refresh() });
const watchRequests = Requests({
  getList: api.getWatchList,
  getTicker: api.getWatched,
  onFetched: (fetched) => change({ ledger: { ...state.ledger, ...fetched } }),
});
const components = [
  Views(),
  Footer(),
  Masthead(),
  LanguageSwitch({ onLanguage: setLanguage }),
  dropzone,
  Files({ onShow: (id) => change({ shown: id }), onRemove: remove }),
  Problem({ onClose: remove, onAgain: sendAgain, onChoices: choose }),
  Training(),
  Guide(),
  // Before the chart, which measures its width once the result is visible.
  Result({ onAgain: forecastAgain }),
  Tickers({ onTicker: showTicker }),
  Forecast(),
  Why(),
  Reading({ onChoice: (id, name, value) => chooseAgain(id, { [name]: value }) }),
  Chart({
    onScale: (scale) => change({ scale }),
    onZoom: (zoom) => change({ zoom }),
    onPastAgain: () => change({ past: null }),
  }),
  Trust(),
  Predictions({ onPage: (page) => change({ page }), onTicker: showTicker }),
  PastPoints({
    getAnswer: (rows, options) => api.predict(rows, options),
    onPast: (past) => change({ past }),
    onPoints: addPoints,
  }),
  watchList,
  watchRequests,
];

const requests = new Map(); // by file id; a function that aborts its request or wait
let pollTimer = 0;

function change(changes) {
  state = queue.withAnswer({ ...state, ...changes }, tickersOf);
  const focused = document.activeElement;
  for (const component of components) component.update(state);
  // If the focused element is now hidden, the focus moves to the start of the view.
  const isKept = ![focused, document.body].includes(document.activeElement);
  if (focused && focused !== document.body && !focused.checkVisibility() && !isKept) {
    (state.view.name === FORECAST ? dropzone : watchList).focus();
  }
}

function showTicker(ticker) {
  change({ ticker, zoom: null });
}

// The chart then has more sessions, so the zoom is reset.
function addPoints(id, ticker, points) {
  const answer = queue.fileOf(state, id)?.answer;
  if (!answer) return;
  const fuller = queue.withMorePoints(state, id, withPoints(answer, ticker, points));
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
  const found = files.map((file) => queue.newFile(file.name, file));
  add([...found, ...folders.map((name) => failed(queue.newFile(name, null), problems.folder()))]);
}

// Returns the file's id.
function addText(text) {
  const csv = pastedCsv(text);
  const file = queue.newFile(PASTED_NAME, new File([csv], PASTED_NAME, { type: 'text/csv' }));
  add([csv ? file : failed(file, problems.empty())]);
  return file.id;
}

function addSample() {
  const before = state.files.find(({ isSample }) => isSample);
  if (before) return sendAgain(before.id);
  return add([{ ...queue.newFile(SAMPLE_NAME, null), isSample: true }]);
}

function add(files) {
  const limit = state.limitMegabytes;
  const checked = files.map((file) => (
    isTooLarge(file.size ?? 0, limit) ? failed(file, problems.tooLarge(file.size, limit)) : file
  ));
  if (state.view.name !== FORECAST) location.hash = FORECAST;
  change(queue.withFiles(state, checked));
  start();
}

function failed(file, problem) {
  return { ...file, phase: 'failed', problem };
}

// Until there is a model, files wait for it.
function start() {
  if (!acceptsFiles(state.service)) return;
  for (const file of queue.nextFiles(state)) forecast(file.id);
}

function sendAgain(id) {
  requests.get(id)?.abort();
  const waiting = { phase: 'waiting', problem: null, retryIn: null, resends: 0 };
  change({ ...queue.withFile(state, id, waiting), shown: id });
  start();
}

// Settles what a file leaves open.
function choose(id, choices) {
  change(queue.withChoices(state, id, choices));
  sendAgain(id);
}

// Changes how a file was read that has a response. Choices that are being sent are kept, but not
// those that failed.
function chooseAgain(id, choices) {
  if (queue.fileOf(state, id).phase === 'failed') change(queue.withChoicesOfAnswer(state, id));
  choose(id, choices);
}

// Makes a forecast again with another model, from the file as it was read.
function forecastAgain(id) {
  change(queue.withChoicesOfAnswer(state, id));
  sendAgain(id);
}

// A file that was being forecast again keeps its earlier response.
function remove(id) {
  requests.get(id)?.abort();
  const file = queue.fileOf(state, id);
  const hasOlderAnswer = file?.answer && file.phase !== 'done';
  const done = { phase: 'done', problem: null, retryIn: null };
  const restored = queue.withChoicesOfAnswer(state, id);
  change(hasOlderAnswer ? queue.withFile(restored, id, done) : queue.withoutFile(state, id));
  start();
}

async function forecast(id) {
  const request = new AbortController();
  const { signal } = request;
  const put = (changes) => signal.aborted || change(queue.withFile(state, id, changes));
  const { choices } = queue.fileOf(state, id);
  requests.set(id, request);
  put({ phase: 'sending', sent: 0, retryIn: null });
  try {
    const onSent = (sent) => put({ phase: sent < 1 ? 'sending' : 'forecasting', sent });
    const send = async () => {
      const text = await textOf(id, signal);
      put({ text, size: text.size });
      return api.predict(text, { choices, signal, onSent });
    };
    const answer = await withRetries(send, put, signal);
    put({ phase: 'done', answer, answerChoices: choices, problem: null, retryIn: null });
  } catch (error) {
    if (signal.aborted) return;
    const problem = await withRows(problems.problemOf(error), queue.fileOf(state, id)?.text);
    put({ phase: 'failed', problem, retryIn: null });
    if (problem.kind === 'broken') throw error;
  } finally {
    if (requests.get(id) === request) requests.delete(id);
    start();
  }
}

async function textOf(id, signal) {
  const text = queue.fileOf(state, id)?.text;
  return text ?? new File([await api.getSample(signal)], SAMPLE_NAME, { type: 'text/csv' });
}

// A busy server says when to try again; the page counts down the seconds.
async function withRetries(send, put, signal) {
  for (let retries = 0; ; retries += 1) {
    try {
      return await send();
    } catch (error) {
      const seconds = problems.secondsToRetry(error, retries);
      if (signal.aborted || seconds === null) throw error;
      for (let left = seconds; left > 0; left -= 1) {
        put({ phase: 'waiting', problem: problems.problemOf(error), retryIn: left });
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

// Adds the lines that the errors refer to, so that errors and lines appear together.
async function withRows(problem, text) {
  if (!text || problem.errors.length === 0) return problem;
  try {
    return { ...problem, excerpt: await readLines(text, problems.linesOfErrors(problem.errors)) };
  } catch (error) {
    // The file was changed or moved: its problem is shown without the lines.
    if (error instanceof DOMException) return problem;
    throw error;
  }
}

async function pollService() {
  try {
    setService(serviceOf(await api.getModel()));
  } catch (error) {
    if (!isOfServer(error)) throw error;
    setService(unreachable(state.service));
  } finally {
    clearTimeout(pollTimer);
    pollTimer = setTimeout(pollService, secondsToNextPoll(state.service) * 1000);
  }
}

// Resends files that failed because of the service once it is back.
function setService(service) {
  const back = isBack(state.service, service);
  change({ service });
  if (service.kind !== 'ready') return;
  if (back && state.past?.phase === 'failed') change({ past: null });
  for (const { id, resends } of queue.filesToResend(state, back)) {
    change(queue.withFile(state, id, { phase: 'waiting', retryIn: null, resends: resends + 1 }));
  }
  start();
}

function setOnline(online) {
  change({ online });
  if (online) pollService();
  else setService(unreachable(state.service));
}

async function readSettings() {
  try {
    change({ limitMegabytes: (await api.getSettings()).max_upload_mb });
  } catch (error) {
    if (!isOfServer(error)) throw error;
  }
}

function isOfServer(error) {
  return error instanceof api.Unreachable || error instanceof api.Problem;
}

change({});
document.querySelector('.masthead-unstarted').remove();
readSettings();
pollService();
// Browsers slow down tabs in the background: poll as soon as this one is visible.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') pollService();
});
addEventListener('hashchange', () => {
  // A problem with another view's request is not one of this view.
  change({ view: viewOf(location.hash), ledger: { ...state.ledger, problem: null } });
});
addEventListener('online', () => setOnline(true));
addEventListener('offline', () => setOnline(false));

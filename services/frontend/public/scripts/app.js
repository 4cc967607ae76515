// Wires the page: one state, the components that show it, and the two things that change it,
// the server's answers and the user.

import { getModel, getSample, getSettings, predict, Problem as ApiProblem, Unreachable } from './api.js';
import { Chart } from './chart.js';
import { Dropzone } from './dropzone.js';
import { Forecast } from './forecast.js';
import { createFormat, isTooLarge } from './format.js';
import { Guide } from './guide.js';
import { chosenLanguage, createLanguage } from './language.js';
import { Masthead } from './masthead.js';
import { OwnPoints } from './own_points.js';
import { Predictions } from './predictions.js';
import { Problem, shownProblem, tooLarge, tooMany } from './problem.js';
import { Result } from './result.js';
import { tickersOf, withPoints } from './series.js';
import { secondsToNextLook, serviceOf, UNKNOWN, unreachable } from './service.js';
import { Tickers } from './tickers.js';
import { Training } from './training.js';

const SAMPLE_NAME = 'sample.csv';
const LARGE_BYTES = 1024 * 1024; // may hold many tickers
const FALLBACK_LIMIT_MEGABYTES = 10; // where the page is served by something other than its nginx

const state = {
  service: UNKNOWN,
  limitMegabytes: FALLBACK_LIMIT_MEGABYTES,
  sending: null, // the name of the file that is being forecast
  problem: null,
  result: null, // { fileName, answer }
  language: createLanguage(chosenLanguage(null, navigator.languages)),
  files: [],
  answered: null, // the id of the file whose answer is shown
  ticker: null,
  page: 0,
  scale: 'linear',
  zoom: null, // { first, last }, or null as long as nobody chose
  past: null, // how far asking for all past sessions of a ticker is
};

const format = createFormat(document.documentElement.lang);
const components = [
  Masthead(),
  Dropzone({ onFiles: takeFiles, onSample: takeSample, onCancel: cancel, format }),
  Problem({ onClose: () => change({ problem: null }) }),
  Training({ format }),
  Guide(),
  // Unhides the result before the chart measures its width.
  Result({ format }),
  Tickers({ onTicker: takeTicker }),
  Forecast({ format }),
  Chart({ onZoom: (zoom) => change({ zoom }), onScale: (scale) => change({ scale }), onPastAgain: () => change({ past: null }) }),
  Predictions({ onPage: (page) => change({ page }), onTicker: takeTicker }),
  OwnPoints({ ask: (rows, points, signal) => predict(rows, { points, signal }), onPast: (past) => change({ past }), onPoints: takePoints }),
];

let request = new AbortController();
let look = 0;

function change(changes) {
  Object.assign(state, changes);
  for (const component of components) component.update(state);
}

function takeTicker(ticker) {
  change({ ticker, zoom: null });
}

function takePoints(id, ticker, points) {
  const answer = withPoints(state.result.answer, ticker, points);
  change({ result: { ...state.result, answer }, files: state.files.map((file) => (file.id === id ? { ...file, answer } : file)), zoom: null });
}

function takeFiles(files) {
  if (files.length > 1) return change({ problem: tooMany(files) });
  const [file] = files;
  if (isTooLarge(file.size, state.limitMegabytes)) return change({ problem: tooLarge(file, state.limitMegabytes, format) });
  return forecast(file.name, () => file);
}

function takeSample() {
  return forecast(SAMPLE_NAME, async (signal) => new File([await getSample(signal)], SAMPLE_NAME, { type: 'text/csv' }));
}

function cancel() {
  request.abort();
  change({ sending: null });
}

// A newer file wins: the request before it is aborted, and what it may still answer is not shown.
async function forecast(fileName, fetchFile) {
  request.abort();
  request = new AbortController();
  const { signal } = request;
  change({ sending: fileName, problem: null });
  try {
    const file = await fetchFile(signal);
    const answer = await predict(file, { signal, points: file.size > LARGE_BYTES ? 20 : 250 });
    if (signal.aborted) return;
    const id = (state.answered ?? 0) + 1;
    change({
      sending: null,
      result: { fileName, answer },
      files: [{ id, name: fileName, size: file.size, phase: 'done', answer, text: file }],
      answered: id,
      ticker: tickersOf(answer)[0],
      page: 0,
      zoom: null,
    });
  } catch (error) {
    if (signal.aborted) return;
    const problem = shownProblem(error);
    change({ sending: null, problem });
    if (!problem) throw error;
  }
}

async function lookAtService() {
  try {
    change({ service: serviceOf(await getModel()) });
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof ApiProblem)) throw error;
    change({ service: unreachable(state.service) });
  } finally {
    clearTimeout(look);
    look = setTimeout(lookAtService, secondsToNextLook(state.service) * 1000);
  }
}

async function readSettings() {
  try {
    change({ limitMegabytes: (await getSettings()).max_upload_mb });
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof ApiProblem)) throw error;
  }
}

change({});
readSettings();
lookAtService();
// A tab in the background is slowed by the browser: it looks again as soon as it is seen.
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && lookAtService());

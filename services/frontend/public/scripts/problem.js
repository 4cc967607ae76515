// What went wrong with a file: the API's problem with its rows and columns, or ours.

import { Problem as ApiProblem, Unreachable } from './api.js';
import { fillTexts, partsOf, say } from './markup.js';

const TEXTS = {
  row: 'Row',
  column: 'Column',
  problem: 'Problem',
  errors: 'Rows and columns to mend',
  close: 'Dismiss',
  kept: 'The forecast below is still the one before.',
  none: '–',
  request: (id) => `Request ${id}`,
  retry: (seconds) => `Try again in ${seconds} s.`,
  untitled: 'The file could not be used',
  undetailed: (status) => `The server answered ${status} and said no more.`,
  away: 'The forecaster could not be reached',
  awayDetail: 'The connection failed before an answer came. Check it, then send the file again.',
  large: 'The file is too large',
  largeDetail: (name, size, limit) => `${name} holds ${size} MB; at most ${limit} MB are taken. Send fewer sessions or fewer tickers.`,
  several: 'One file at a time',
  severalDetail: (count) => `${count} files were dropped. Put several tickers into one file with a Ticker column, or send them one by one.`,
};

export function Problem({ onClose }) {
  const root = document.querySelector('.problem');
  const { title, detail, cells, rows, kept, request, close } = partsOf(root);
  fillTexts(root, TEXTS);
  close.addEventListener('click', onClose);
  let shown = null;

  function update({ problem, result }) {
    kept.hidden = !result;
    if (problem === shown) return;
    shown = problem;
    root.hidden = !problem;
    if (!problem) return;
    say(title, problem.title);
    say(detail, [problem.detail, problem.retryAfter && TEXTS.retry(problem.retryAfter)].filter(Boolean).join(' '));
    say(request, problem.requestId ? TEXTS.request(problem.requestId) : '');
    cells.hidden = problem.errors.length === 0;
    rows.replaceChildren(...problem.errors.map(errorRow));
    root.scrollIntoView({ block: 'nearest' });
  }

  return { update };
}

function errorRow({ row, column, problem }) {
  const line = document.createElement('tr');
  for (const text of [row ?? TEXTS.none, column ?? TEXTS.none, problem]) {
    line.insertCell().textContent = text;
  }
  return line;
}

// What to show for an error that asking the API threw; null if it is no error of asking.
export function shownProblem(error) {
  if (error instanceof Unreachable) return ours(TEXTS.away, TEXTS.awayDetail);
  if (!(error instanceof ApiProblem)) return null;
  return {
    title: error.title || TEXTS.untitled,
    detail: error.detail || TEXTS.undetailed(error.status),
    errors: error.errors,
    requestId: error.requestId,
    retryAfter: error.retryAfter,
  };
}

export function tooLarge(file, limitMegabytes, format) {
  return ours(TEXTS.large, TEXTS.largeDetail(file.name, format.megabytes(file.size), format.whole(limitMegabytes)));
}

export function tooMany(files) {
  return ours(TEXTS.several, TEXTS.severalDetail(files.length));
}

function ours(title, detail) {
  return { title, detail, errors: [], requestId: null, retryAfter: null };
}

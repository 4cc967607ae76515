// All past forecasts of one ticker out of many. With those of every ticker, the answer to a large
// file would be many megabytes, most of which nobody looks at: it is asked for with few, and then
// for the ticker that is shown with all.

import { Problem, Unreachable, Unreadable } from '../lib/api.js';
import { answeredFile } from '../state/queue.js';
import { lacksPoints, recordOf } from '../state/answer.js';

// Who steps through tickers asks for the one they stay at.
const PAUSE_MILLISECONDS = 150;

export function PastPoints({ ask, onPast, onPoints }) {
  let seen = {};
  let request = new AbortController();

  function update(state) {
    const file = answeredFile(state);
    const answer = file?.answer ?? null;
    const { ticker, past } = state;
    const again = seen.failed && !past;
    if (answer === seen.answer && ticker === seen.ticker && !again) return;
    seen = { answer, ticker, failed: false };
    request.abort();
    request = new AbortController();
    if (!answer || !file.text || !lacksPoints(answer, ticker)) return;
    const { signal } = request;
    setTimeout(() => !signal.aborted && fetchPoints(file, ticker, signal), PAUSE_MILLISECONDS);
  }

  async function fetchPoints({ id, name, text, answer: known }, ticker, signal) {
    onPast({ id, ticker, phase: 'asking' });
    try {
      const rows = new File([await cutRows(text, ticker, signal)], name, { type: 'text/csv' });
      const answer = await ask(rows, recordOf(known, ticker).sessions, signal);
      if (signal.aborted) return;
      const points = recordOf(answer, ticker)?.points ?? [];
      if (points.length === 0) fail(id, ticker);
      else onPoints(id, ticker, points);
    } catch (error) {
      if (signal.aborted) return;
      fail(id, ticker);
      if (![Problem, Unreachable, Unreadable].some((kind) => error instanceof kind)) throw error;
    }
  }

  function fail(id, ticker) {
    seen.failed = true;
    onPast({ id, ticker, phase: 'failed' });
  }

  return { update };
}

function cutRows(text, ticker, signal) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('../csv/ticker_rows_worker.js', import.meta.url), { type: 'module' });
    const finish = (settle, value) => {
      worker.terminate();
      settle(value);
    };
    worker.addEventListener('message', ({ data: { rows, problem } }) => (
      problem === undefined ? finish(resolve, rows) : finish(reject, new Unreadable(problem))
    ));
    worker.addEventListener('error', ({ message }) => finish(reject, new Unreadable(message)));
    signal.addEventListener('abort', () => finish(reject, signal.reason));
    worker.postMessage({ text, ticker });
  });
}

// Fetches all past forecasts of the ticker that is shown. The response to a large file has only a
// few per ticker, because all of them would be many megabytes.

import { Problem, Unreachable, Unreadable } from '../lib/api.js';
import { answeredFile } from '../state/queue.js';
import { choicesOf, lacksPoints, recordOf } from '../state/answer.js';

// Nothing is fetched while the user steps quickly through the tickers.
const PAUSE_MILLISECONDS = 150;

export function PastPoints({ getAnswer, onPast, onPoints }) {
  let shown = {};
  let controller = new AbortController();

  function update(state) {
    const file = answeredFile(state);
    const answer = file?.answer ?? null;
    const { ticker, past } = state;
    const again = shown.failed && !past;
    if (answer === shown.answer && ticker === shown.ticker && !again) return;
    shown = { answer, ticker, failed: false };
    controller.abort();
    controller = new AbortController();
    if (!answer || !file.text || !lacksPoints(answer, ticker)) return;
    const { signal } = controller;
    setTimeout(() => !signal.aborted && fetchPoints(file, ticker, signal), PAUSE_MILLISECONDS);
  }

  async function fetchPoints({ id, name, text, answer: known }, ticker, signal) {
    onPast({ id, ticker, phase: 'fetching' });
    try {
      const { reading } = known.input;
      const cut = await cutRows({ text, ticker, reading }, signal);
      const rows = new File([cut], name, { type: 'text/csv' });
      const points = recordOf(known, ticker).sessions;
      const options = { points, explain: false, choices: choicesOf(reading), signal };
      const answer = await getAnswer(rows, options);
      if (signal.aborted) return;
      const found = recordOf(answer, ticker)?.points ?? [];
      if (found.length === 0) fail(id, ticker);
      else onPoints(id, ticker, found);
    } catch (error) {
      if (signal.aborted) return;
      fail(id, ticker);
      if (![Problem, Unreachable, Unreadable].some((kind) => error instanceof kind)) throw error;
    }
  }

  function fail(id, ticker) {
    shown.failed = true;
    onPast({ id, ticker, phase: 'failed' });
  }

  return { update };
}

function cutRows(wanted, signal) {
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
    worker.postMessage(wanted);
  });
}

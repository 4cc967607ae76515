// Fetches what the watch-list shows: when it is opened, and every minute while it is visible.

import { Problem, Unreachable } from '../lib/api.js';
import { problemOf, secondsToRetry } from '../state/problems.js';
import { isSameView, WATCH_LIST } from '../state/view.js';

const REFRESH_SECONDS = 60;
const RETRY_SECONDS = 10;

// getList      () -> a promise of the response to GET /forecasts
// getTicker    (ticker) -> a promise of what is known of one ticker
// onFetched    called with { list }, { ticker } or { problem }
export function Requests({ getList, getTicker, onFetched }) {
  let view = { name: null, ticker: null };
  let request = new AbortController();
  let timer = 0;
  document.addEventListener('visibilitychange', () => document.hidden || refresh());
  addEventListener('online', refresh);

  function update(state) {
    if (isSameView(state.view, view)) return;
    view = state.view;
    refresh();
  }

  function refresh() {
    request.abort();
    clearTimeout(timer);
    if (view.name === WATCH_LIST) fetchNow();
  }

  async function fetchNow() {
    request = new AbortController();
    const { signal } = request;
    let seconds = REFRESH_SECONDS;
    try {
      const fetched = view.ticker === null
        ? { list: await getList(signal) }
        : { ticker: await getTicker(view.ticker, signal) };
      if (!signal.aborted) onFetched({ ...fetched, problem: null });
    } catch (error) {
      if (signal.aborted) return;
      onFetched({ problem: problemOf(error) });
      if (![Problem, Unreachable].some((kind) => error instanceof kind)) throw error;
      seconds = secondsToRetry(error, 0) ?? RETRY_SECONDS;
    }
    if (!signal.aborted) timer = setTimeout(() => document.hidden || refresh(), seconds * 1000);
  }

  return { update, refresh };
}

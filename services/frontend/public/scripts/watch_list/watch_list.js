// The view of the tickers that the loop follows: all of them, or one.

import { WATCH_LIST } from '../state/view.js';
import { Overview } from './overview.js';
import { RequestProblem } from './request_problem.js';
import { Ticker } from './ticker.js';

export function WatchList({ onAgain }) {
  const root = document.querySelector('.watch-list');
  const problem = RequestProblem({ onAgain });
  const overview = Overview();
  const ticker = Ticker();
  let shown = null; // the part that is on the page: the overview or the ticker
  let last = null; // the ticker that was shown last

  function update({ view, ledger, language }) {
    root.hidden = view.name !== WATCH_LIST;
    show(root.hidden ? null : view.ticker === null ? overview : ticker);
    if (root.hidden) return;
    last = view.ticker ?? last;
    problem.update(ledger.problem, language);
    shown.update({ view, ledger, language });
  }

  function show(part) {
    if (part === shown) return;
    shown = part;
    root.replaceChildren(...(part ? [problem.element, part.element] : []));
  }

  // After a ticker, its row has the focus again.
  function focus() {
    shown.focus(last);
  }

  return { update, focus };
}

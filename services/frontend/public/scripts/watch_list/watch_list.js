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
  root.append(problem.element, overview.element, ticker.element);
  let shown = null; // the part that is shown: the overview or the ticker
  let last = null; // the ticker that was shown last

  function update({ view, ledger, language }) {
    root.hidden = view.name !== WATCH_LIST;
    if (root.hidden) return;
    last = view.ticker ?? last;
    shown = view.ticker === null ? overview : ticker;
    for (const part of [overview, ticker]) part.element.hidden = part !== shown;
    problem.update(ledger.problem, language);
    shown.update({ view, ledger, language });
  }

  // After a ticker, its row has the focus again.
  function focus() {
    shown.focus(last);
  }

  return { update, focus };
}

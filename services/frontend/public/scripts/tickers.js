// Which of the file's tickers is shown.

import { fillTexts, partsOf } from './markup.js';
import { answeredFile } from './queue.js';
import { tickersOf } from './series.js';
import * as TEXTS from './texts/tickers.js';

export function Tickers({ onTicker }) {
  const root = document.querySelector('.tickers');
  const { choice } = partsOf(root);
  let shown = {};
  choice.addEventListener('change', () => onTicker(tickersOf(shown.answer)[choice.selectedIndex]));

  function update(state) {
    const { ticker, language } = state;
    const answer = answeredFile(state)?.answer;
    if (!answer || (answer === shown.answer && ticker === shown.ticker && language === shown.language)) return;
    const tickers = tickersOf(answer);
    fillTexts(root, language.texts(TEXTS));
    if (answer !== shown.answer) choice.replaceChildren(...tickers.map((name) => new Option(name ?? '', name ?? '')));
    root.hidden = tickers.length < 2;
    choice.selectedIndex = tickers.indexOf(ticker);
    shown = { answer, ticker, language };
  }

  return { update };
}

// Chooses the ticker to show: by typing, from a list, or one by one.

import { fillTexts, isEnabled, partsOf, setEnabled, setText } from '../lib/markup.js';
import { tickersOf } from '../state/answer.js';
import { answeredFile } from '../state/queue.js';
import * as TEXTS from '../texts/tickers.js';
import { TickerList } from './ticker_list.js';

export function Tickers({ onTicker }) {
  const root = document.querySelector('.tickers');
  const parts = partsOf(root);
  const { back, next, place, placeOf } = parts;
  const list = TickerList(parts, { onChoose: onTicker, onFound, onClose: updatePlace });
  let shown = {};
  let texts = null;
  let tickers = [];
  back.addEventListener('click', () => isEnabled(back) && step(-1));
  next.addEventListener('click', () => isEnabled(next) && step(+1));

  function update(state) {
    const answer = answeredFile(state)?.answer;
    const { language, ticker } = state;
    if (!answer) return;
    const isOther = language !== shown.language;
    if (!isOther && tickersOf(answer) === tickers && ticker === shown.ticker) return;
    if (isOther) {
      texts = language.texts(TEXTS);
      fillTexts(root, texts);
    }
    shown = { language, ticker };
    tickers = tickersOf(answer);
    root.hidden = tickers.length < 2;
    setEnabled(back, tickers[0] !== ticker);
    setEnabled(next, tickers.at(-1) !== ticker);
    list.update({ tickers, ticker, texts });
  }

  function onFound(count) {
    const { format } = shown.language;
    setText(placeOf, '');
    setText(place, format.counted(count, texts.found, format.whole(tickers.length)));
  }

  function updatePlace() {
    const { ticker, language: { format } } = shown;
    setText(placeOf, ticker === null ? '' : `${ticker}, `); // for screen readers; the field itself shows it
    const number = format.whole(tickers.indexOf(ticker) + 1);
    setText(place, texts.place(number, format.whole(tickers.length)));
  }

  function step(by) {
    onTicker(tickers[tickers.indexOf(shown.ticker) + by]);
  }

  return { update };
}

// The table of every prediction in the answer, in pages.

import { fillTexts, partsOf } from '../lib/markup.js';
import { PagedTable } from '../lib/paged_table.js';
import { answeredFile } from '../state/queue.js';
import { saveCsv } from '../lib/save.js';
import { isByRow, tickersOf } from '../state/answer.js';
import { csvOf, fileName, separatorOf } from '../csv/spreadsheet.js';
import * as TEXTS from '../texts/predictions.js';

const PAGE_SIZE = 50;

export function Predictions({ onPage, onTicker }) {
  const root = document.querySelector('.predictions');
  const parts = partsOf(root);
  const table = PagedTable(parts, { size: PAGE_SIZE, onPage });
  parts.csv.addEventListener('click', saveAll);
  let shown = {};
  let texts = null;

  function update(state) {
    const file = answeredFile(state);
    const { language, page } = state;
    if (!file?.answer) return;
    const isSame = file.answer.predictions === shown.answer?.predictions && language === shown.language && page === shown.page;
    if (isSame) return;
    if (language !== shown.language) {
      texts = language.texts(TEXTS);
      fillTexts(root, texts);
    }
    shown = { name: file.name, answer: file.answer, language, page };
    const byRow = isByRow(file.answer);
    table.show({
      entries: file.answer.predictions,
      page,
      columns: byRow
        ? [texts.headRow, texts.headTicker, texts.headSession, texts.headVolume, texts.headRange]
        : [texts.headTicker, texts.headSession, texts.headStep, texts.headVolume, texts.headRange],
      heading: byRow ? 0 : 1,
      cellsOf,
      texts,
      format: language.format,
    });
  }

  function cellsOf(prediction, number, isFirst) {
    const { answer, language: { format } } = shown;
    const isAgain = !isFirst && answer.predictions[number - 2]?.ticker === prediction.ticker;
    const isLink = tickersOf(answer).length > 1 && !isAgain;
    const ticker = isLink ? tickerLink(prediction.ticker, onTicker) : prediction.ticker ?? texts.none;
    const session = prediction.session ? format.session(prediction.session) : texts.none;
    const volume = [format.whole(prediction.volume), format.range(prediction.lower_80, prediction.upper_80)];
    if (isByRow(answer)) return [format.whole(number), ticker, session, ...volume];
    return [ticker, session, format.whole(prediction.step), ...volume];
  }

  function saveAll() {
    const { name, answer, language } = shown;
    saveCsv(csvOf(tableOf(answer, texts), separatorOf(language.tag)), fileName(name.replace(/\.[^.]*$/, ''), 'volume'));
  }

  return { update };
}

// With several tickers, the first row of each on a page links to its chart. More links would only be more stops for the keyboard.
function tickerLink(ticker, onTicker) {
  const link = document.createElement('a');
  link.href = '#chart-title';
  link.textContent = ticker;
  link.addEventListener('click', () => onTicker(ticker));
  return link;
}

function tableOf({ predictions }, texts) {
  const bounds = ['lower_80', 'upper_80', 'lower_95', 'upper_95'];
  const head = [texts.headTicker, texts.headSession, texts.headStep, texts.headVolume, ...bounds.map((bound) => texts.bounds[bound])];
  const rows = predictions.map((prediction) => (
    [prediction.ticker, prediction.session, prediction.step, prediction.volume, ...bounds.map((bound) => prediction[bound] ?? null)]
  ));
  return [head, ...rows];
}

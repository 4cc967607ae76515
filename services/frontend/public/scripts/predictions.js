// The table of every prediction in the answer, in pages.

import { fillTexts, partsOf } from './markup.js';
import { PagedTable } from './paged_table.js';
import { answeredFile } from './queue.js';
import { saveCsv } from './save.js';
import { isByRow, tickersOf } from './series.js';
import { csvOf, fileName, separatorOf } from './spreadsheet.js';
import * as TEXTS from './texts/predictions.js';

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
      cellsOf: byRow ? rowCells : historyCells,
      texts,
      format: language.format,
    });
  }

  function historyCells(prediction) {
    const { format } = shown.language;
    return [tickerCell(prediction.ticker), format.session(prediction.session), format.whole(prediction.step), ...volumeCells(prediction)];
  }

  function rowCells(prediction, number) {
    const { format } = shown.language;
    const { ticker, session } = prediction;
    return [format.whole(number), tickerCell(ticker), session ? format.session(session) : texts.none, ...volumeCells(prediction)];
  }

  function volumeCells({ volume, lower_80: lower, upper_80: upper }) {
    const { format } = shown.language;
    return [format.whole(volume), format.range(lower, upper)];
  }

  // Where there are several tickers, each leads to its chart.
  function tickerCell(ticker) {
    if (tickersOf(shown.answer).length < 2) return ticker ?? texts.none;
    const link = document.createElement('a');
    link.href = '#chart-title';
    link.textContent = ticker;
    link.addEventListener('click', () => onTicker(ticker));
    return link;
  }

  function saveAll() {
    const { name, answer, language } = shown;
    const head = [texts.headTicker, texts.headSession, texts.headStep, texts.headVolume, texts.headLow, texts.headHigh];
    const rows = answer.predictions.map(({ ticker, session, step, volume, lower_80: lower, upper_80: upper }) => (
      [ticker, session, step, volume, lower, upper]
    ));
    saveCsv(csvOf([head, ...rows], separatorOf(language.tag)), fileName(name.replace(/\.[^.]*$/, ''), 'volume'));
  }

  return { update };
}

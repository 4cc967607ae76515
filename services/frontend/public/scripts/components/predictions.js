// The table of every prediction in the answer, in pages.

import { fillTexts, partsOf } from '../lib/markup.js';
import { PagedTable } from '../lib/paged_table.js';
import { answeredFile } from '../state/queue.js';
import { saveCsv } from '../lib/save.js';
import { isByRow, tickersOf } from '../chart/series.js';
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
      cellsOf: byRow ? rowCells : historyCells,
      texts,
      format: language.format,
    });
  }

  function historyCells(prediction, number, isFirst) {
    const { format } = shown.language;
    return [tickerCell(prediction.ticker, number, isFirst), format.session(prediction.session), format.whole(prediction.step), ...volumeCells(prediction)];
  }

  function rowCells(prediction, number, isFirst) {
    const { format } = shown.language;
    const { ticker, session } = prediction;
    return [format.whole(number), tickerCell(ticker, number, isFirst), session ? format.session(session) : texts.none, ...volumeCells(prediction)];
  }

  function volumeCells({ volume, lower_80: lower, upper_80: upper }) {
    const { format } = shown.language;
    return [format.whole(volume), format.range(lower, upper)];
  }

  // Where there are several tickers, the first row of each on a page leads to its chart: more links would only be more steps
  // for the keyboard.
  function tickerCell(ticker, number, isFirst) {
    const { answer } = shown;
    const isAgain = !isFirst && answer.predictions[number - 2]?.ticker === ticker;
    if (tickersOf(answer).length < 2 || isAgain) return ticker ?? texts.none;
    const link = document.createElement('a');
    link.href = '#chart-title';
    link.textContent = ticker;
    link.addEventListener('click', () => onTicker(ticker));
    return link;
  }

  function saveAll() {
    const { name, answer, language } = shown;
    const bounds = ['lower_80', 'upper_80', 'lower_95', 'upper_95'];
    const head = [texts.headTicker, texts.headSession, texts.headStep, texts.headVolume, ...bounds.map((bound) => texts.bounds[bound])];
    const rows = answer.predictions.map((prediction) => (
      [prediction.ticker, prediction.session, prediction.step, prediction.volume, ...bounds.map((bound) => prediction[bound] ?? null)]
    ));
    saveCsv(csvOf([head, ...rows], separatorOf(language.tag)), fileName(name.replace(/\.[^.]*$/, ''), 'volume'));
  }

  return { update };
}

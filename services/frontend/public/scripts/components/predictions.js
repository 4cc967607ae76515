// The table of all predictions in the response, in pages.

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
    const isSame = file.answer.predictions === shown.answer?.predictions && page === shown.page;
    if (isSame && language === shown.language) return;
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
    const { ticker, session, step, volume, lower_80: lower, upper_80: upper } = prediction;
    const isAgain = !isFirst && answer.predictions[number - 2]?.ticker === ticker;
    const isLink = tickersOf(answer).length > 1 && !isAgain;
    const name = isLink ? tickerLink(ticker, onTicker) : ticker ?? texts.none;
    const day = session ? format.session(session) : texts.none;
    const volumes = [format.whole(volume), format.range(lower, upper)];
    if (isByRow(answer)) return [format.whole(number), name, day, ...volumes];
    return [name, day, format.whole(step), ...volumes];
  }

  function saveAll() {
    const { name, answer, language } = shown;
    const csv = csvOf(tableOf(answer, texts), separatorOf(language.tag));
    saveCsv(csv, fileName(name.replace(/\.[^.]*$/, ''), 'volume'));
  }

  return { update };
}

// With several tickers, the first row of each on a page links to its chart. More links would only
// add tab stops.
function tickerLink(ticker, onTicker) {
  const link = document.createElement('a');
  link.href = '#chart-title';
  link.textContent = ticker;
  link.addEventListener('click', () => onTicker(ticker));
  return link;
}

function tableOf({ predictions }, texts) {
  const { headTicker, headSession, headStep, headVolume, bounds } = texts;
  const head = [headTicker, headSession, headStep, headVolume, ...Object.values(bounds)];
  const fields = ['ticker', 'session', 'step', 'volume', ...Object.keys(bounds)];
  const rows = predictions.map((prediction) => fields.map((field) => prediction[field] ?? null));
  return [head, ...rows];
}

// The table of every prediction in the answer, in pages.

import { fillTexts, partsOf, say } from './markup.js';
import { isByRow, pageOf } from './series.js';

const TEXTS = {
  title: 'All forecasts',
  headHistory: ['Ticker', 'Session', 'Step', 'Volume', '80% range'],
  headRows: ['Row', 'Ticker', 'Session', 'Volume', '80% range'],
  none: '–',
  pages: 'Pages of the table',
  back: 'Back',
  next: 'Next',
  where: (first, last, count) => `${first}–${last} of ${count}`,
};

const PAGE_SIZE = 25;

export function Predictions({ onPage, format }) {
  const root = document.querySelector('.predictions');
  const { head, rows, pages, back, where, next } = partsOf(root);
  fillTexts(root, TEXTS);
  let shown = {};
  back.addEventListener('click', () => onPage(shown.page - 1));
  next.addEventListener('click', () => onPage(shown.page + 1));

  function update({ result, page }) {
    if (!result || (result === shown.result && page === shown.page)) return;
    shown = { result, page };
    const { predictions } = result.answer;
    const byRow = isByRow(result.answer);
    const sheet = pageOf(predictions, page, PAGE_SIZE);
    head.replaceChildren(...(byRow ? TEXTS.headRows : TEXTS.headHistory).map(headCell));
    rows.replaceChildren(...sheet.rows.map((prediction, index) => (
      row(byRow ? rowCells(prediction, sheet.first + index) : historyCells(prediction))
    )));
    pages.hidden = sheet.pages === 1;
    back.disabled = sheet.page === 0;
    next.disabled = sheet.page === sheet.pages - 1;
    say(where, TEXTS.where(format.whole(sheet.first), format.whole(sheet.last), format.whole(predictions.length)));
  }

  function historyCells(prediction) {
    return [prediction.ticker ?? TEXTS.none, format.session(prediction.session), format.whole(prediction.step), ...volumeCells(prediction)];
  }

  function rowCells(prediction, number) {
    const { ticker, session } = prediction;
    return [format.whole(number), ticker ?? TEXTS.none, session ? format.session(session) : TEXTS.none, ...volumeCells(prediction)];
  }

  function volumeCells({ volume, lower_80: lower, upper_80: upper }) {
    return [format.whole(volume), format.range(lower, upper)];
  }

  return { update };
}

function headCell(text) {
  const cell = document.createElement('th');
  cell.scope = 'col';
  cell.textContent = text;
  return cell;
}

function row(texts) {
  const line = document.createElement('tr');
  for (const text of texts) line.insertCell().textContent = text;
  return line;
}

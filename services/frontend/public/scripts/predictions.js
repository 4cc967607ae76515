// The table of every prediction in the answer, in pages.

import { fillTexts, partsOf, say } from './markup.js';
import { answeredFile } from './queue.js';
import { isByRow, pageOf } from './series.js';
import * as TEXTS from './texts/predictions.js';

const PAGE_SIZE = 25;

export function Predictions({ onPage }) {
  const root = document.querySelector('.predictions');
  const { head, rows, pages, back, where, next } = partsOf(root);
  let shown = {};
  let texts = null;
  let format = null;
  back.addEventListener('click', () => onPage(shown.page - 1));
  next.addEventListener('click', () => onPage(shown.page + 1));

  function update(state) {
    const { page, language } = state;
    const answer = answeredFile(state)?.answer;
    if (!answer || (answer === shown.answer && page === shown.page && language === shown.language)) return;
    shown = { answer, page, language };
    texts = language.texts(TEXTS);
    format = language.format;
    fillTexts(root, texts);
    const { predictions } = answer;
    const byRow = isByRow(answer);
    const sheet = pageOf(predictions, page, PAGE_SIZE);
    head.replaceChildren(...(byRow ? texts.headRows : texts.headHistory).map(headCell));
    rows.replaceChildren(...sheet.rows.map((prediction, index) => (
      row(byRow ? rowCells(prediction, sheet.first + index) : historyCells(prediction))
    )));
    pages.hidden = sheet.pages === 1;
    back.disabled = sheet.page === 0;
    next.disabled = sheet.page === sheet.pages - 1;
    say(where, texts.where(format.whole(sheet.first), format.whole(sheet.last), format.whole(predictions.length)));
  }

  function historyCells(prediction) {
    return [prediction.ticker ?? texts.none, format.session(prediction.session), format.whole(prediction.step), ...volumeCells(prediction)];
  }

  function rowCells(prediction, number) {
    const { ticker, session } = prediction;
    return [format.whole(number), ticker ?? texts.none, session ? format.session(session) : texts.none, ...volumeCells(prediction)];
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

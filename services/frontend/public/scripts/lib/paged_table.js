// A table that shows one page of its rows, with buttons for the others.

import { isEnabled, setEnabled, setText } from './markup.js';

// parts    { head, rows, pages, back, where, next }
// onPage   called with the wanted page
export function PagedTable({ head, rows, pages, back, where, next }, { size, onPage }) {
  let sheet = { page: 0, pages: 1 };
  turnBy(back, -1);
  turnBy(next, +1);

  function turnBy(button, by) {
    button.addEventListener('click', () => {
      if (isEnabled(button)) inPlace(button, () => onPage(sheet.page + by));
    });
  }

  // columns    the texts of the head
  // heading    which column names the row
  // cellsOf    (entry, its number from 1, whether it is the page's first) -> texts or elements
  function show({ entries, page, columns, heading, cellsOf, texts, format }) {
    sheet = pageOf(entries, page, size);
    head.replaceChildren(...columns.map(headCell));
    rows.replaceChildren(...sheet.rows.map((entry, index) => (
      row(cellsOf(entry, sheet.first + index, index === 0), heading)
    )));
    pages.hidden = sheet.pages === 1;
    setEnabled(back, sheet.page > 0);
    setEnabled(next, sheet.page < sheet.pages - 1);
    setText(where, texts.where(...[sheet.first, sheet.last, entries.length].map(format.whole)));
  }

  return { show };
}

// Keeps the button under the pointer when the next page has fewer rows.
function inPlace(button, act) {
  const { top } = button.getBoundingClientRect();
  act();
  scrollBy(0, button.getBoundingClientRect().top - top);
}

function headCell(text) {
  const cell = document.createElement('th');
  cell.scope = 'col';
  cell.textContent = text;
  return cell;
}

// heading   which of the cells names the row
function row(cells, heading) {
  const line = document.createElement('tr');
  cells.forEach((content, index) => {
    const cell = document.createElement(index === heading ? 'th' : 'td');
    if (index === heading) cell.scope = 'row';
    cell.append(content);
    line.append(cell);
  });
  return line;
}

// The rows of one page, with the numbers of its first and last one, counted from 1.
export function pageOf(rows, page, size) {
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const current = Math.min(Math.max(page, 0), pages - 1);
  const first = current * size;
  const last = Math.min(first + size, rows.length);
  return { rows: rows.slice(first, last), page: current, pages, first: first + 1, last };
}

// A table that shows one page of its rows, with buttons for the others.

import { built, elementWith, headerCell, isEnabled, setEnabled, setText } from './markup.js';

// parts    { head, rows, pages }; the buttons are built in `pages`
// onPage   called with the wanted page
export function PagedTable({ head, rows, pages }, { size, onPage }) {
  let shown = { page: 0, pages: 1 };
  const [back, next] = ['back', 'next'].map((part) => (
    built('button', { type: 'button', class: 'button', 'data-part': part })
  ));
  const where = built('span', { role: 'status', 'data-part': 'where' });
  pages.append(back, where, next);
  for (const [button, by] of [[back, -1], [next, +1]]) {
    button.addEventListener('click', () => {
      if (isEnabled(button)) inPlace(button, () => onPage(shown.page + by));
    });
  }

  // columns    the column headings, if the table has no head of its own
  // heading    the index of the column that names the row
  // cellsOf    (entry, its number from 1, whether it is the page's first) -> texts or elements
  function show({ entries, page, columns, heading, cellsOf, texts, format }) {
    shown = pageOf(entries, page, size);
    if (columns) head.replaceChildren(...columns.map((text) => headerCell(text, 'col')));
    rows.replaceChildren(...shown.rows.map((entry, index) => (
      row(cellsOf(entry, shown.first + index, index === 0), heading)
    )));
    pages.hidden = shown.pages === 1;
    setText(back, texts.back);
    setText(next, texts.next);
    setEnabled(back, shown.page > 0);
    setEnabled(next, shown.page < shown.pages - 1);
    setText(where, texts.where(...[shown.first, shown.last, entries.length].map(format.whole)));
  }

  return { show };
}

// Keeps the button under the pointer when the next page has fewer rows.
function inPlace(button, act) {
  const { top } = button.getBoundingClientRect();
  act();
  scrollBy(0, button.getBoundingClientRect().top - top);
}

// heading   the index of the cell that names the row
function row(cells, heading) {
  return elementWith('tr', cells.map((content, index) => (
    index === heading ? headerCell(content, 'row') : elementWith('td', [content])
  )));
}

// The rows of one page, with the numbers of its first and last rows, counted from 1.
export function pageOf(rows, page, size) {
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const current = Math.min(Math.max(page, 0), pages - 1);
  const first = current * size;
  const last = Math.min(first + size, rows.length);
  return { rows: rows.slice(first, last), page: current, pages, first: first + 1, last };
}

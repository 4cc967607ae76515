// The table of the followed tickers: sorted by any column, filtered, and in pages.

import { csvOf, separatorOf } from '../csv/spreadsheet.js';
import { built, fillTexts, partsOf, setText, textElement } from '../lib/markup.js';
import { PagedTable } from '../lib/paged_table.js';
import { saveCsv } from '../lib/save.js';
import { linkTo } from '../state/view.js';
import { marketsOf, rowsOf, shownRows, sortedBy } from '../state/watch_list.js';
import * as FORECAST_TEXTS from '../texts/forecast.js';
import * as TEXTS from '../texts/watch_table.js';
import { cellsOf, csvRowsOf } from './cells.js';
import { Controls } from './controls.js';
import { Head } from './head.js';

const PAGE_SIZE = 50;

export function Table() {
  const element = tableCard();
  const parts = partsOf(element);
  const head = Head(parts.head, { onSort: (column) => want(sortedBy(wanted, column)) });
  const controls = Controls(parts, { onChange: want });
  const paged = PagedTable(parts, { size: PAGE_SIZE, onPage: (page) => show({ ...wanted, page }) });
  let wanted = { search: '', market: '', by: 'ticker', isDescending: false, page: 0 };
  let shown = { rows: [], language: null };
  parts.csv.addEventListener('click', save);

  function update(list, language) {
    const texts = language.texts(TEXTS);
    const { flags } = language.texts(FORECAST_TEXTS);
    const kindOf = (found) => found.map((flag) => flags[flag] ?? flag).join(', ');
    const rows = rowsOf(list, kindOf);
    const newest = rows.map(({ session }) => session).sort().at(-1);
    shown = { rows, newest, language, texts };
    const markets = marketsOf(shown.rows);
    if (!markets.includes(wanted.market)) wanted = { ...wanted, market: '' };
    fillTexts(element, texts);
    head.update(texts);
    controls.update(markets, texts, language);
    show(wanted);
  }

  // Another order or filter begins with the first page.
  function want(changes) {
    show({ ...wanted, ...changes, page: 0 });
  }

  function show(next) {
    wanted = next;
    const { rows, newest, texts, language: { format } } = shown;
    const focused = parts.rows.contains(document.activeElement) && document.activeElement.hash;
    const entries = shownRows(rows, wanted);
    head.mark(wanted);
    controls.mark(wanted);
    paged.show({
      entries,
      page: wanted.page,
      heading: 0,
      cellsOf: (row) => cellsOf(row, newest, texts, format),
      texts: { back: texts.pageBack, next: texts.pageNext, where: texts.where },
      format,
    });
    labelCells(parts.rows, texts);
    const count = format.whole(entries.length);
    setText(parts.count, format.counted(rows.length, texts.shown, count));
    parts.none.hidden = entries.length > 0;
    if (focused) focusOnLink(focused);
  }

  function save() {
    const { rows, texts, language } = shown;
    const csv = csvOf(csvRowsOf(shownRows(rows, wanted), texts), separatorOf(language.tag));
    saveCsv(csv, texts.file);
  }

  function focusOnLink(link) {
    const found = [...parts.rows.querySelectorAll('a')].find(({ hash }) => hash === link);
    found?.focus();
    return Boolean(found);
  }

  return { element, update, focusOn: (ticker) => focusOnLink(linkTo(ticker)) };
}

// On a narrow screen each cell has its own label, because the rows are cards.
function labelCells(rows, { columns, cards }) {
  const names = Object.values({ ...columns, ...cards });
  for (const row of rows.children) {
    [...row.children].forEach((cell, index) => { cell.dataset.name = names[index]; });
  }
}

function tableCard() {
  const field = (label, control) => (
    built('label', { class: 'watch-field' }, built('span', { 'data-text': label }), control)
  );
  return built('section', { class: 'watch-table card', 'aria-labelledby': 'watch-table-title' },
    built('div', { class: 'watch-table-head' },
      built('h2', { id: 'watch-table-title', 'data-text': 'title' }),
      built('button', { type: 'button', class: 'button', 'data-part': 'csv', 'data-text': 'csv' })),
    built('div', { class: 'watch-controls' },
      field('search', built('input', { type: 'search', maxlength: '40', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off', 'data-part': 'search' })),
      field('market', built('select', { 'data-part': 'market' })),
      built('div', { class: 'watch-sort' },
        field('sort', built('select', { 'data-part': 'sort' })),
        built('button', { type: 'button', class: 'button icon', 'data-part': 'reverse', 'data-label': 'reverse' }, textElement('span', '⇅'))),
      built('p', { class: 'watch-count hint', role: 'status', 'data-part': 'count' })),
    built('div', { class: 'scroller', tabindex: '0', role: 'region', 'data-label': 'scroller' },
      built('table', { 'aria-labelledby': 'watch-table-title' },
        built('thead', { 'data-part': 'head' }),
        built('tbody', { 'data-part': 'rows' }))),
    built('p', { 'data-part': 'none', 'data-text': 'noMatch' }),
    built('nav', { class: 'pages', 'data-part': 'pages', 'data-label': 'pages' }),
    built('p', { class: 'hint', 'data-text': 'note' }));
}

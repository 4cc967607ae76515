// All followed tickers: how to start, the markets, deliveries that are held back, and the table.

import { built, fillTexts, partsOf, setText } from '../lib/markup.js';
import * as TEXTS from '../texts/watch_list.js';
import { deliveryNotices } from './held.js';
import { summaryTiles } from './summary.js';
import { Table } from './table.js';

const COMMAND = 'docker compose --profile loop up -d';

export function Overview() {
  const table = Table();
  const element = built('div', { class: 'watch-overview' },
    built('div', { class: 'watch-intro' },
      built('h1', { 'data-part': 'title', 'data-text': 'title', tabindex: '-1' }),
      built('p', { class: 'lead', 'data-text': 'lead' })),
    built('p', { class: 'hint', role: 'status', 'data-part': 'note' }),
    built('section', { class: 'watch-start card', 'data-part': 'start' },
      built('h2', { 'data-text': 'startTitle' }),
      built('p', { 'data-text': 'start' }),
      built('pre', { tabindex: '0', role: 'region', 'data-label': 'command' }, COMMAND)),
    built('section', { 'data-part': 'held', 'data-label': 'held', class: 'watch-held' }),
    built('section', { 'data-part': 'summary', 'data-label': 'summary', class: 'watch-summary' }),
    table.element);
  const parts = partsOf(element);
  let shown = {};

  function update({ ledger: { list, problem }, language }) {
    const isLoading = !list && !problem;
    if (list === shown.list && language === shown.language && isLoading === shown.isLoading) return;
    shown = { list, language, isLoading };
    const { note, start, held, summary } = parts;
    const texts = language.texts(TEXTS);
    fillTexts(element, texts);
    const state = list?.state ?? null;
    const hasTable = Boolean(list?.forecasts.length);
    start.hidden = !list || Boolean(state) || hasTable;
    summary.hidden = !state;
    summary.replaceChildren(...(state ? summaryTiles(state, list.forecasts, texts, language) : []));
    held.replaceChildren(...(state ? deliveryNotices(state, texts, language) : []));
    held.hidden = held.childElementCount === 0;
    setText(note, isLoading ? texts.loading : state && !hasTable ? texts.none : '');
    table.element.hidden = !hasTable;
    if (hasTable) table.update(list, language);
  }

  // The row of a ticker if it is on the page of the table, otherwise the title.
  function focus(ticker) {
    if (ticker === null || !table.focusOn(ticker)) parts.title.focus();
  }

  return { element, update, focus };
}

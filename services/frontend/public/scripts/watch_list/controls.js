// The fields above the table. A narrow screen also has one for the order, because its rows are
// cards, without a head.

import { fillSelect } from '../lib/markup.js';
import { COLUMNS, sortedBy } from '../state/watch_list.js';
import * as CHOICES from '../texts/choices.js';

export function Controls({ search, market, sort, reverse }, { onChange }) {
  let wanted = null;
  search.addEventListener('input', () => onChange({ search: search.value }));
  market.addEventListener('change', () => onChange({ market: market.value }));
  sort.addEventListener('change', () => onChange(sortedBy(wanted, sort.value)));
  reverse.addEventListener('click', () => onChange(sortedBy(wanted, wanted.by)));

  function update(markets, texts, language) {
    const names = language.texts(CHOICES).market;
    fillSelect(market, [['', texts.allMarkets], ...markets.map((code) => [code, names[code] ?? code])]);
    const nameOf = (column) => texts.names[column] ?? texts.columns[column];
    fillSelect(sort, Object.keys(COLUMNS).map((column) => [column, nameOf(column)]));
    market.parentElement.hidden = markets.length < 2;
  }

  function mark(next) {
    wanted = next;
    market.value = wanted.market;
    sort.value = wanted.by;
  }

  return { update, mark };
}

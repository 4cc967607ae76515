// The head of the table: two groups of columns, each column with a button that sorts by it.

import { built, setText } from '../lib/markup.js';
import { COLUMNS } from '../state/watch_list.js';

const ROW_COLUMNS = 2; // ticker and market belong to no group
const NEXT_COLUMNS = 5;

export function Head(thead, { onSort }) {
  const columns = Object.keys(COLUMNS);
  const buttons = columns.map((column) => {
    const button = built('button', { type: 'button', class: 'watch-sorter', 'data-column': column });
    button.addEventListener('click', () => onSort(column));
    return button;
  });
  const cells = buttons.map((button) => built('th', { scope: 'col' }, button));
  const next = built('th', { scope: 'colgroup', colspan: NEXT_COLUMNS });
  const last = built('th', { scope: 'colgroup', colspan: columns.length - ROW_COLUMNS - NEXT_COLUMNS });
  thead.replaceChildren(
    built('tr', {}, built('td', { colspan: ROW_COLUMNS }), next, last),
    built('tr', {}, ...cells),
  );

  function update(texts) {
    setText(next, texts.next);
    setText(last, texts.last);
    columns.forEach((column, index) => setText(buttons[index], texts.columns[column]));
  }

  function mark({ by, isDescending }) {
    columns.forEach((column, index) => {
      if (column !== by) cells[index].removeAttribute('aria-sort');
      else cells[index].setAttribute('aria-sort', isDescending ? 'descending' : 'ascending');
    });
  }

  return { update, mark };
}

// The chart's numbers as a table.

import { PagedTable } from '../lib/paged_table.js';

const PAGE_SIZE = 50;

export function Table(parts) {
  const { table: details } = parts;
  const table = PagedTable(parts, { size: PAGE_SIZE, onPage: show });
  let view = {};
  let page = 0;
  details.addEventListener('toggle', () => show(page));

  function update({ lines, language, texts }) {
    if (lines === view.lines && language === view.language) return;
    if (lines !== view.lines) page = 0;
    view = { lines, language, texts };
    show(page);
  }

  // The newest first.
  function show(wanted) {
    page = wanted;
    if (!details.open || !view.lines) return;
    const { lines, language: { format }, texts } = view;
    const session = lines.byRow ? texts.headRow : texts.headSession;
    table.show({
      entries: [...lines.sessions.keys()].reverse(),
      page,
      heading: 0,
      columns: [session, texts.actual, texts.predicted, texts.headLow, texts.headHigh],
      cellsOf: (index) => cellsOf(index, lines, format, texts),
      texts,
      format,
    });
  }

  return { update };
}

function cellsOf(index, lines, format, texts) {
  const session = lines.sessions[index];
  const actual = lines.actual[index];
  return [
    lines.byRow ? format.whole(session) : format.session(session),
    actual === null ? texts.none : format.whole(actual),
    ...[lines.predicted, lines.lower, lines.upper].map((line) => format.whole(line[index])),
  ];
}

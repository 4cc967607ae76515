// The cells of a row of the watch-list, on the page and in a CSV file.

import { textElement } from '../lib/markup.js';
import { isolated } from '../lib/names.js';
import { linkTo } from '../state/view.js';

// newest   the newest session in the table, whose year needs no mention
export function cellsOf(row, newest, texts, format) {
  const { ticker, market, session, volume, lower, upper, change, kind, last } = row;
  return [
    tickerLink(ticker),
    market,
    dayOf(session, newest, format),
    textElement('strong', format.short(volume)),
    format.range(lower, upper),
    change === null ? texts.empty : format.change(change),
    kind || texts.empty,
    ...(last ? lastCells(last, newest, texts, format) : Array(5).fill(texts.empty)),
  ];
}

function lastCells({ session, volume, actual, error, isInside }, newest, texts, format) {
  const verdict = textElement('span', isInside ? texts.inside : texts.outside, 'watch-verdict');
  verdict.toggleAttribute('data-outside', !isInside);
  return [
    dayOf(session, newest, format),
    format.short(volume),
    format.short(actual),
    error === null ? texts.empty : format.change(error),
    verdict,
  ];
}

function dayOf(session, newest, format) {
  const isSameYear = session.slice(0, 4) === newest.slice(0, 4);
  return isSameYear ? format.tickSession(session) : format.session(session);
}

function tickerLink(ticker) {
  const link = textElement('a', isolated(ticker));
  link.href = linkTo(ticker);
  return link;
}

// Volumes with all their digits, from which a spreadsheet can compute the changes and errors.
export function csvRowsOf(rows, { columns, names, low, high, inside, outside }) {
  const { ticker, market, session, volume, kind } = columns;
  const { lastSession, lastVolume, actual, inside: verdict } = names;
  const next = [ticker, market, session, volume, low, high, kind];
  return [[...next, lastSession, lastVolume, actual, verdict], ...rows.map(({ last, ...row }) => [
    row.ticker, row.market, row.session, row.volume, row.lower, row.upper, row.kind,
    ...(last
      ? [last.session, last.volume, last.actual, last.isInside ? inside : outside]
      : Array(4).fill(null)),
  ])];
}

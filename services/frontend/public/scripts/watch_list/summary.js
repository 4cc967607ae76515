// For each market: its last session with prices, its next session, and the prices that are awaited.

import { elementWith, textElement } from '../lib/markup.js';
import * as CHOICES from '../texts/choices.js';

// Returns the tiles: the first counts tickers and missed sessions, the others are of one market.
export function summaryTiles({ updated_at: checked, markets, missed }, forecasts, texts, language) {
  const { format } = language;
  const names = language.texts(CHOICES).market;
  const count = new Set(forecasts.map(({ ticker }) => ticker)).size;
  return [tile(format.counted(count, texts.following), [
    [texts.checked, format.moment(checked)],
    [texts.missed, format.whole(missed), missed > 0],
  ]), ...markets.map((each) => tile(names[each.market] ?? each.market, [
    each.awaited_session && [texts.awaited, format.weekSession(each.awaited_session), true],
    each.last_session && [texts.lastSession, format.weekSession(each.last_session)],
    each.next_session && [texts.nextSession, format.weekSession(each.next_session)],
    each.next_open && [texts.opens, format.opening(each.next_open)],
  ].filter(Boolean)))];
}

// facts   [name, value, whether it needs attention]
function tile(title, facts) {
  const list = elementWith('dl', facts.map(([name, value, isWorrying]) => {
    const fact = elementWith('div', [textElement('dt', name), textElement('dd', value)]);
    fact.toggleAttribute('data-worrying', Boolean(isWorrying));
    return fact;
  }));
  return elementWith('div', [textElement('h2', title), list], 'watch-tile card');
}

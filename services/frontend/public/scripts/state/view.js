// Which view of the page is open, from the fragment of its address. No DOM.

export const WATCH_LIST = 'watch-list';
export const FORECAST = 'forecast';

// Other fragments are places in the forecast's view.
export function viewOf(fragment) {
  const [name, ...rest] = fragment.replace(/^#/, '').split('/');
  if (name !== WATCH_LIST) return { name: FORECAST, ticker: null };
  return { name: WATCH_LIST, ticker: decoded(rest.join('/')) || null };
}

export function linkTo(ticker = null) {
  return ticker === null ? `#${WATCH_LIST}` : `#${WATCH_LIST}/${encodeURIComponent(ticker)}`;
}

export function isSameView(one, other) {
  return one.name === other.name && one.ticker === other.ticker;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // typed by hand
  }
}

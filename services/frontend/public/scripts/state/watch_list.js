// The rows of the watch-list, from the response to GET /forecasts. No DOM.

// The columns of the table: how a row is sorted by each, and whether its largest value comes first.
export const COLUMNS = {
  ticker: { valueOf: ({ ticker }) => ticker },
  market: { valueOf: ({ market }) => market },
  session: { valueOf: ({ session }) => session },
  volume: { valueOf: ({ volume }) => volume, isLargestFirst: true },
  range: { valueOf: ({ lower }) => lower, isLargestFirst: true },
  change: { valueOf: ({ change }) => change, isLargestFirst: true },
  kind: { valueOf: ({ kind }) => kind || null },
  lastSession: { valueOf: ({ last }) => last?.session ?? null, isLargestFirst: true },
  lastVolume: { valueOf: ({ last }) => last?.volume ?? null, isLargestFirst: true },
  actual: { valueOf: ({ last }) => last?.actual ?? null, isLargestFirst: true },
  error: { valueOf: ({ last }) => last?.error ?? null, isLargestFirst: true },
  inside: { valueOf: ({ last }) => last && Number(last.isInside) },
};

// kindOf   (flags) -> the kinds of day as a text, empty for an ordinary day
export function rowsOf({ forecasts }, kindOf) {
  return forecasts.filter(isChampion).map((forecast) => ({
    ticker: forecast.ticker,
    market: forecast.market,
    session: forecast.session,
    volume: forecast.volume,
    lower: forecast.lower_80,
    upper: forecast.upper_80,
    change: fractionOf(forecast.volume, forecast.usual),
    kind: kindOf(forecast.calendar),
    last: forecast.previous && scored(forecast.previous),
  }));
}

// A challenger's forecasts are only compared with those that are used.
export function isChampion({ role }) {
  return role !== 'challenger';
}

// What a forecast was worth: { session, volume, actual, error, isInside }.
function scored({ session, volume, actual, lower_80: lower, upper_80: upper }) {
  const isInside = lower <= actual && actual <= upper;
  return { session, volume, actual, error: fractionOf(volume, actual), isInside };
}

// How much larger a volume is than another, as a fraction, or null if that is not a number.
export function fractionOf(volume, other) {
  return other > 0 ? volume / other - 1 : null;
}

export function marketsOf(rows) {
  return [...new Set(rows.map(({ market }) => market))].sort();
}

// The rows that match, in the wanted order. Rows without a value are last in both directions.
//
// wanted   { search, market, by, isDescending }; an empty market means all
export function shownRows(rows, { search, market, by, isDescending }) {
  const typed = search.trim().toLowerCase();
  const matches = (row) => (
    (market === '' || row.market === market) && row.ticker.toLowerCase().includes(typed)
  );
  const { valueOf } = COLUMNS[by];
  const direction = isDescending ? -1 : 1;
  return rows.filter(matches).sort((one, other) => (
    compared(valueOf(one), valueOf(other), direction) || compared(one.ticker, other.ticker, 1)
  ));
}

function compared(one, other, direction) {
  if (one === other) return 0;
  if (one === null || other === null) return one === null ? 1 : -1;
  return one < other ? -direction : direction;
}

// The order after a column was chosen: the same column again is reversed.
export function sortedBy({ by, isDescending, ...others }, column) {
  const isReversed = column === by ? !isDescending : Boolean(COLUMNS[column].isLargestFirst);
  return { ...others, by: column, isDescending: isReversed };
}

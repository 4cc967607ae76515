// A way on for the problems that have a known cause. No DOM, no words: the key of a text, and its values.

import { bareName, fieldsOf, separatorOf } from '../csv/excerpts.js';

// How exports in other languages, and other tools, name what the API reads.
const NAMES = {
  Ticker: ['symbol', 'ativo', 'papel', 'codneg'],
  Date: ['data', 'data pregão', 'data do pregão', 'datpre', 'datetime', 'timestamp', 'time', 'day', 'session', 'fecha'],
  Open: ['abertura', 'preabe', 'preço de abertura', 'o', 'open price', 'apertura'],
  High: ['máxima', 'maxima', 'máximo', 'maximo', 'alta', 'premax', 'preço máximo', 'h', 'high price'],
  Low: ['mínima', 'minima', 'mínimo', 'minimo', 'baixa', 'premin', 'preço mínimo', 'l', 'low price'],
  Close: ['fechamento', 'último', 'ultimo', 'preult', 'preço de fechamento', 'c', 'last', 'price', 'close price', 'close/last', 'cierre'],
  Volume: ['volume negociado', 'vol', 'vol.', 'quantidade', 'quantidade negociada', 'quatot', 'v', 'shares', 'volumen'],
};
const SESSIONS_A_MONTH = 21;
const NAMES_OF_A_HEADER = 4;

// The first rule that recognises the problem; null where none does.
//   errors      of the API
//   beginning   the first lines of the file, its header first, as far as they are known
export function adviceFor(errors, beginning) {
  for (const rule of RULES) {
    const advice = rule(errors, beginning[0] ?? '', beginning.slice(1));
    if (advice) return advice;
  }
  return null;
}

const all = (errors, pattern) => errors.map(({ problem }) => problem.match(pattern)).filter(Boolean);
const any = (errors, pattern) => all(errors, pattern)[0];

const RULES = [
  function workbook(errors) {
    return any(errors, /compressed \('?zip'?\)|old Excel file/) && { key: 'workbook', values: [] };
  },
  function compressed(errors) {
    return any(errors, /compressed \(/) && { key: 'compressed', values: [] };
  },
  function encoding(errors) {
    return any(errors, /^not UTF-8 text/) && { key: 'encoding', values: [] };
  },
  function tabs(errors, header) {
    return any(errors, /has neither commas nor semicolons/) && header.includes('\t') && { key: 'tabs', values: [] };
  },
  function title(errors, header, following) {
    return !isHeader(header) && following.some(isHeader) && { key: 'title', values: [] };
  },
  function yfinance(errors, header, following) {
    return /^Price[,;]/.test(header) && /^Ticker[,;]/.test(following[0] ?? '') && { key: 'yfinance', values: [] };
  },
  function noHeader(errors) {
    return any(errors, /holds values; expected a header line/) && { key: 'noHeader', values: ['Date,Open,High,Low,Close,Volume'] };
  },
  function decimalCommas(errors) {
    const found = any(errors, /expected (\d+) fields as in the header, found (\d+); a decimal comma/);
    return found && { key: 'decimalCommas', values: [] };
  },
  function columns(errors, header) {
    if (!any(errors, /^not in the header/)) return null;
    const renamed = renames(errors.map(({ column }) => column), header);
    return renamed.length > 0 ? { key: 'rename', values: [renamed] } : { key: 'columns', values: [] };
  },
  function monthFirst(errors) {
    const found = any(errors, /^(?:there is no such day as )?'((\d{1,2})\/(1[3-9]|2\d|3[01])\/(\d{4}))'/);
    if (!found) return null;
    const [written, month, day, year] = found.slice(1);
    const iso = `${year}-${month.padStart(2, '0')}-${day}`;
    return isDay(iso) ? { key: 'monthFirst', values: [iso, written] } : null;
  },
  function slashes(errors) {
    return any(errors, /could be day\/month or month\/day/) && { key: 'slashes', values: [] };
  },
  function timesOfDay(errors) {
    const found = all(errors, /expected a date such as .*, found '(\S+)[ T]+(\d{1,2}:\d\d[^']*)'/);
    if (found.length === 0) return null;
    const times = new Map(found.map(([, day, time]) => [day, time]));
    // Closing prices of several tickers may bear one time; two times of one day are no daily prices.
    return { key: found.some(([, day, time]) => times.get(day) !== time) ? 'intraday' : 'timesOfDay', values: [] };
  },
  function dates(errors) {
    return any(errors, /expected a date such as .*, found '/) && { key: 'dates', values: [] };
  },
  function ambiguous(errors) {
    return any(errors, /is ambiguous: .* thousands point/) && { key: 'ambiguous', values: [] };
  },
  function decimalPoints(errors, header) {
    return separatorOf(header) === ';' && any(errors, /expected a number such as .*found '[+-]?\d+\.\d+'/) && { key: 'decimalPoints', values: [] };
  },
  function currency(errors) {
    return any(errors, /expected a number such as .*found '[^']*\p{Sc}/u) && { key: 'currency', values: [] };
  },
  function decimalCommasInQuotes(errors, header) {
    const found = any(errors, /expected a number such as .*found '[+-]?(\d+|\d{1,3}(\.\d{3})+),(\d{1,2}|\d{4,})'/);
    return separatorOf(header) === ',' && found && { key: 'decimalCommasInQuotes', values: [] };
  },
  function thousands(errors) {
    return any(errors, /expected a number such as .*found '\d{1,3}([,. \u00a0]\d{3})+([.,]\d+)?'/) && { key: 'thousands', values: [] };
  },
  function suffixes(errors) {
    return any(errors, /expected a number such as .*found '[\d.,]+\s?[KMBkmb]'/) && { key: 'suffixes', values: [] };
  },
  function tooShort(errors) {
    const found = any(errors, /^(.+) needs (\d+) sessions, got (\d+)/);
    if (!found) return null;
    const [needed, got] = found.slice(2).map(Number);
    const months = Math.ceil(needed / SESSIONS_A_MONTH);
    // One ticker that is too short stops the whole file.
    return found[1] === 'the file' ? { key: 'tooShort', values: [needed - got, months] } : { key: 'tickerTooShort', values: [needed, months] };
  },
  function exchanged(errors) {
    return any(errors, /is below Low/) && { key: 'exchanged', values: [] };
  },
  function twice(errors) {
    return any(errors, /stands on line \d+ already/) && { key: 'twice', values: [] };
  },
];

// "Data -> Date", for each missing column that the header has under another name.
function renames(missing, header) {
  const fields = fieldsOf(header, separatorOf(header));
  return missing.flatMap((name) => {
    const field = fields.find((written) => means(written, name));
    return field ? [`${field} → ${name}`] : [];
  });
}

function means(written, name) {
  const bare = bareName(written.toLowerCase());
  return bare === name.toLowerCase() || Boolean(NAMES[name]?.includes(bare));
}

// A date that runs over, as February 30 does, is read as a day of the month after, or as none.
function isDay(iso) {
  const day = new Date(iso);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(iso);
}

function isHeader(line) {
  const fields = fieldsOf(line, separatorOf(line));
  return Object.keys(NAMES).filter((name) => fields.some((field) => means(field, name))).length >= NAMES_OF_A_HEADER;
}

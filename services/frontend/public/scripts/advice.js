// A way on for the problems that have a known cause. No DOM, no words: the key of a text, and its values.

import { fieldsOf, separatorOf } from './excerpts.js';

// How exports in other languages, and other tools, name what the API reads.
const NAMES = {
  Date: ['data', 'data pregão', 'data do pregão', 'datpre', 'datetime', 'timestamp', 'time', 'day', 'session', 'fecha'],
  Open: ['abertura', 'preabe', 'preço de abertura', 'o', 'open price', 'apertura'],
  High: ['máxima', 'maxima', 'máximo', 'maximo', 'alta', 'premax', 'preço máximo', 'h', 'high price'],
  Low: ['mínima', 'minima', 'mínimo', 'minimo', 'baixa', 'premin', 'preço mínimo', 'l', 'low price'],
  Close: ['fechamento', 'último', 'ultimo', 'preult', 'preço de fechamento', 'c', 'last', 'price', 'close price', 'close/last', 'cierre'],
  Volume: ['volume negociado', 'vol', 'vol.', 'quantidade', 'quantidade negociada', 'quatot', 'v', 'shares', 'volumen'],
};
const SESSIONS_A_MONTH = 21;

// The first rule that recognises the problem; null where none does.
//   errors   of the API
//   header   the first line of the file, or ''
export function adviceFor(errors, header) {
  for (const rule of RULES) {
    const advice = rule(errors, header);
    if (advice) return advice;
  }
  return null;
}

const any = (errors, pattern) => errors.map(({ problem }) => problem.match(pattern)).find(Boolean);

const RULES = [
  function workbook(errors) {
    return any(errors, /compressed \(zip\)|old Excel file/) && { key: 'workbook', values: [] };
  },
  function encoding(errors) {
    return any(errors, /^not UTF-8 text/) && { key: 'encoding', values: [] };
  },
  function tabs(errors, header) {
    return any(errors, /has neither commas nor semicolons/) && header.includes('\t') && { key: 'tabs', values: [] };
  },
  function noHeader(errors) {
    return any(errors, /holds values; expected a header line/) && { key: 'noHeader', values: ['Date,Open,High,Low,Close,Volume'] };
  },
  function decimalCommas(errors) {
    const found = any(errors, /expected (\d+) fields as in the header, found (\d+); a decimal comma/);
    return found && { key: 'decimalCommas', values: [] };
  },
  function columns(errors, header) {
    if (!any(errors, /^the column is missing/)) return null;
    const renamed = renames(errors.map(({ column }) => column), header);
    return renamed.length > 0 ? { key: 'rename', values: [renamed] } : { key: 'columns', values: [] };
  },
  function monthFirst(errors) {
    const mixed = any(errors, /could be day\/month or month\/day/);
    if (mixed) return { key: 'slashes', values: [] };
    return any(errors, /no such day as '\d{1,2}\/(1[3-9]|2\d|3[01])\/\d{4}'/) && { key: 'monthFirst', values: [] };
  },
  function ambiguous(errors) {
    return any(errors, /is ambiguous: .* thousands point/) && { key: 'ambiguous', values: [] };
  },
  function decimalPoints(errors, header) {
    return separatorOf(header) === ';' && any(errors, /expected a number such as .*found '[+-]?\d+\.\d+'/) && { key: 'decimalPoints', values: [] };
  },
  function thousands(errors) {
    return any(errors, /expected a number such as .*found '\d{1,3}([,. \u00a0]\d{3})+([.,]\d+)?'/) && { key: 'thousands', values: [] };
  },
  function suffixes(errors) {
    return any(errors, /expected a number such as .*found '[\d.,]+\s?[KMBkmb]'/) && { key: 'suffixes', values: [] };
  },
  function tooShort(errors) {
    const found = any(errors, /needs (\d+) sessions, got (\d+)/);
    if (!found) return null;
    const [needed, got] = found.slice(1).map(Number);
    return { key: 'tooShort', values: [needed - got, Math.ceil(needed / SESSIONS_A_MONTH)] };
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
    const field = fields.find((written) => NAMES[name]?.includes(written.toLowerCase()));
    return field ? [`${field} → ${name}`] : [];
  });
}

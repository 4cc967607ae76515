// Turns a table into a CSV that a spreadsheet opens correctly: with the right separator and
// encoding, and without formulas. No DOM.

// In languages with a decimal comma, spreadsheets separate fields with semicolons.
export function separatorOf(tag) {
  const decimal = new Intl.NumberFormat(tag).formatToParts(1.5).find(({ type }) => type === 'decimal').value;
  return decimal === ',' ? ';' : ',';
}

// Takes rows of strings, whole numbers and nulls. The byte-order mark lets spreadsheets recognise
// UTF-8.
export function csvOf(rows, separator) {
  const lines = rows.map((row) => row.map((value) => field(value, separator)).join(separator));
  return `\ufeff${lines.join('\r\n')}\r\n`;
}

function field(value, separator) {
  if (value === null) return '';
  if (typeof value === 'number') return String(Math.round(value));
  const text = harmless(value);
  return text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// A spreadsheet would run text that begins like this as a formula. An apostrophe prevents that.
function harmless(text) {
  return /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
}

// A name that every file system accepts.
export function fileName(...parts) {
  return parts.filter(Boolean).map((part) => part.replaceAll(/[^\p{L}\p{N}._-]+/gu, '_')).join('-');
}

// A table as text that a spreadsheet opens as it is meant: columns apart, letters whole, nothing run. No DOM.

// Spreadsheets write a file's fields with semicolons wherever the comma stands in numbers, and read them so.
export function separatorOf(tag) {
  const decimal = new Intl.NumberFormat(tag).formatToParts(1.5).find(({ type }) => type === 'decimal').value;
  return decimal === ',' ? ';' : ',';
}

// Rows of texts, whole numbers and nulls. The mark at the start tells spreadsheets that it is UTF-8.
export function csvOf(rows, separator) {
  return `\ufeff${rows.map((row) => row.map((value) => field(value, separator)).join(separator)).join('\r\n')}\r\n`;
}

function field(value, separator) {
  if (value === null) return '';
  if (typeof value === 'number') return String(Math.round(value));
  const text = harmless(value);
  return text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// A text that begins like this would be run as a formula. An apostrophe makes it a text.
function harmless(text) {
  return /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
}

// A name that every file system takes.
export function fileName(...parts) {
  return parts.filter(Boolean).map((part) => part.replaceAll(/[^\p{L}\p{N}._-]+/gu, '_')).join('-');
}

// A table on the clipboard, as a file that the API reads. No DOM.

// Cells copied from a spreadsheet come with tabs: semicolons where a number has a decimal comma, and commas otherwise.
export function pastedCsv(text) {
  const trimmed = text.replace(/^\s*\n/, '').trimEnd();
  const [header] = trimmed.split('\n', 1);
  if (!header.includes('\t') || /[,;]/.test(header)) return trimmed && `${trimmed}\n`;
  const separator = trimmed.includes(',') ? ';' : ',';
  return `${trimmed.replaceAll('\t', separator)}\n`;
}

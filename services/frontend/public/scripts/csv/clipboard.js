// Turns a pasted table into a file that the API accepts. No DOM.

export function pastedCsv(text) {
  const rows = withoutBlankEnd(text.replace(/^\s*\n/, ''));
  return rows.trim() && `${rows}\n`;
}

// Keeps the blanks on the last line with text: tabs may be empty cells.
function withoutBlankEnd(text) {
  const end = text.trimEnd().length;
  const blankLines = text.slice(end).search(/\r?\n/);
  return blankLines < 0 ? text : text.slice(0, end + blankLines);
}

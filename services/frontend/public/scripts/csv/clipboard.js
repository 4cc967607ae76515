// Turns a pasted table into a file that the API accepts. No DOM.

export function pastedCsv(text) {
  const trimmed = text.replace(/^\s*\n/, '').replace(/(\r?\n\s*)+$/, '');
  return trimmed.trim() && `${trimmed}\n`;
}

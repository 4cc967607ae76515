// Turns a pasted table into a CSV that the API accepts. No DOM.

// A spreadsheet copies its cells with tabs. They become semicolons if the numbers have decimal
// commas, and commas otherwise.
export function pastedCsv(text) {
  const trimmed = text.replace(/^\s*\n/, '').replace(/(\r?\n\s*)+$/, '');
  const [header] = trimmed.split('\n', 1);
  if (!header.includes('\t') || /[,;]/.test(header)) return trimmed.trim() && `${trimmed}\n`;
  const rows = trimmed.split(/\r?\n/).map((line) => line.split('\t'));
  const hasCommas = trimmed.includes(',');
  const lines = hasCommas && !hasThousandsCommas(rows.flat())
    ? rows.map((cells) => cells.join(';'))
    : rows.map((cells) => cells.map(withoutCommas).join(','));
  return `${lines.join('\n')}\n`;
}

const WITH_THOUSANDS = /^\s*[+-]?\d{1,3}(,\d{3})+(\.\d+)?\s*$/;
const ONLY_WITH_THOUSANDS = /^\s*[+-]?\d{1,3}((,\d{3}){2,}|(,\d{3})+\.\d+)\s*$/;
const DECIMAL_POINT = /^\s*[+-]?\d+\.(\d{1,2}|\d{4,})\s*$/;

// 38,150 alone is ambiguous: another number in the table must show how the commas are used.
function hasThousandsCommas(cells) {
  const numbers = cells.filter((cell) => /^[\s\d.,+-]+$/.test(cell));
  return numbers.every((cell) => !cell.includes(',') || WITH_THOUSANDS.test(cell))
    && numbers.some((cell) => ONLY_WITH_THOUSANDS.test(cell) || DECIMAL_POINT.test(cell));
}

function withoutCommas(cell) {
  if (WITH_THOUSANDS.test(cell)) return cell.replaceAll(',', '');
  return cell.includes(',') && !cell.includes('"') ? `"${cell}"` : cell;
}

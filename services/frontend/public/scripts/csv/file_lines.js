// Single lines of a file, read without holding the rest: a file may have 64 MB. No DOM.

const LINE_END = 10;
const LONGEST_LINE = 4_000; // bytes that are kept of one
const HEADER_WITHIN = 5; // a blank line or Excel's "sep=;" may come before it
export const SEPARATOR_LINE = /^sep=.$/i; // what Excel may write before the header, for itself

// The wanted lines, counted from 1, and the header: { header: { number, text } | null, lines: Map(number -> text) }
export async function readLines(file, wanted) {
  const numbers = [...new Set([...Array(HEADER_WITHIN).keys()].map((index) => index + 1).concat(wanted))].sort((one, other) => one - other);
  const found = await collect(file, numbers);
  const header = [...found].find(([number, text]) => number <= HEADER_WITHIN && text.trim() && !SEPARATOR_LINE.test(text.trim()));
  const lines = new Map(wanted.filter((number) => found.has(number)).map((number) => [number, found.get(number)]));
  return { header: header ? { number: header[0], text: header[1] } : null, lines };
}

// Each chunk is a task of its own, and within one the browser itself looks for the line ends.
async function collect(file, numbers) {
  const found = new Map();
  const last = numbers.at(-1);
  const isWanted = new Set(numbers);
  let number = 1;
  let kept = [];
  const finish = () => {
    if (isWanted.has(number)) found.set(number, textOf(kept));
    kept = [];
    number += 1;
  };
  const reader = file.stream().getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const bytes = part.value;
    let start = 0;
    while (start < bytes.length && number <= last) {
      const end = bytes.indexOf(LINE_END, start);
      const stop = end === -1 ? bytes.length : end;
      if (isWanted.has(number)) kept.push(bytes.slice(start, Math.min(stop, start + LONGEST_LINE)));
      start = stop + 1;
      if (end !== -1) finish();
    }
    if (number > last) {
      await reader.cancel();
      return found;
    }
  }
  if (kept.length > 0) finish();
  return found;
}

function textOf(parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  // A byte-order mark is no part of the first name; the decoder takes it off.
  return new TextDecoder().decode(whole.subarray(0, LONGEST_LINE)).replace(/\r$/, '');
}

// Reads single lines of a file without keeping the rest, because a file may be 64 MB. No DOM.

import { fieldsOf, separatorIn } from './excerpts.js';

const LINE_END = 10;
const MAX_LINE = 4_000; // bytes kept of each line
const HEADER_WITHIN = 40; // lines: titles, blank ones or Excel's "sep=;" may come first
const SEPARATOR_LINE = /^sep=.$/i; // Excel may write it before the header

// The wanted lines, counted from 1, and the header:
// { header: { number, text } | null, lines: Map(number -> text) }
// A file that isn't UTF-8 or another extension of ASCII has none: workbooks, UTF-16, …
export async function readLines(file, wanted) {
  if (await hasNul(file)) return { header: null, lines: new Map() };
  const first = Array.from({ length: HEADER_WITHIN }, (_, index) => index + 1);
  const numbers = [...new Set([...first, ...wanted])].sort((one, other) => one - other);
  const found = await collect(file, numbers);
  const beginning = [...found].filter(([number]) => first.includes(number));
  const header = headerOf(beginning.filter(([, text]) => isHeader(text.trim())), wanted);
  const lines = new Map([...found].filter(([number]) => wanted.includes(number)));
  return { header: header ? { number: header[0], text: header[1] } : null, lines };
}

// The first line with as many fields as most others; titles have fewer. Lines with problems may
// have more or fewer.
function headerOf(lines, wanted) {
  const widths = new Map();
  for (const [number, text] of lines) {
    if (!wanted.includes(number)) widths.set(widthOf(text), (widths.get(widthOf(text)) ?? 0) + 1);
  }
  const [usual] = [...widths].sort(([, one], [, other]) => other - one)[0] ?? [];
  return lines.find(([, text]) => widthOf(text) === usual) ?? lines[0];
}

function widthOf(text) {
  return fieldsOf(text, separatorIn(text)).length;
}

async function hasNul(file) {
  return new Uint8Array(await file.slice(0, MAX_LINE).arrayBuffer()).includes(0);
}

function isHeader(text) {
  return text && !SEPARATOR_LINE.test(text);
}

// Finds the line ends one chunk at a time with indexOf, which is fast.
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
      if (isWanted.has(number)) kept.push(bytes.slice(start, Math.min(stop, start + MAX_LINE)));
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
  return decoded(whole.subarray(0, MAX_LINE)).replace(/\r$/, '');
}

// The decoder removes a byte-order mark. Text that isn't UTF-8 is mostly Windows-1252.
function decoded(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder(bytes.length < MAX_LINE ? 'windows-1252' : 'utf-8').decode(bytes);
  }
}

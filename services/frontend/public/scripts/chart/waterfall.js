// The bars of a waterfall, one inline SVG for each, so that its text can be next to it or above it.
// Positions are percentages of the width, so bars of the same width line up.

import { part } from './pictures.js';

const THINNEST = 0.4; // %
const TOP = 18; // %, of the bar; a line leads to it from the bar above
const BOTTOM = 100 - TOP;

// bars   [{ from, to, isTotal }]; a total starts at 0
export function waterfall(bars) {
  const largest = Math.max(...bars.flatMap(({ from, to }) => [from, to]));
  const at = (value) => (100 * value) / largest;
  return bars.map((bar, index) => picture(
    bar,
    at,
    index > 0 ? at(bars[index - 1].to) : null,
    index < bars.length - 1 ? at(bar.to) : null,
  ));
}

// above, below   where the lines to the neighbouring bars are, in percent; null for none
function picture({ from, to, isTotal }, at, above, below) {
  const svg = part('svg', { 'aria-hidden': 'true', class: 'why-bar' });
  const width = Math.max(THINNEST, at(Math.abs(to - from)));
  const x = Math.min(at(Math.min(from, to)), 100 - width);
  const style = isTotal ? 'why-total' : to < from ? 'why-less' : 'why-more';
  if (above !== null) svg.append(line(above, 0, TOP));
  if (below !== null) svg.append(line(below, BOTTOM, 100));
  svg.append(part('rect', {
    x: `${x}%`, y: `${TOP}%`, width: `${width}%`, height: `${BOTTOM - TOP}%`, class: style,
  }));
  return svg;
}

function line(x, y1, y2) {
  return part('line', { x1: `${x}%`, x2: `${x}%`, y1: `${y1}%`, y2: `${y2}%`, class: 'why-link' });
}

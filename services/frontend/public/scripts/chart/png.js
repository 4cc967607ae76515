// A self-contained PNG of the chart, with title, legend, source and background.

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';
const EDGE = 20;
const TITLE = 18;
const SMALL = 13;
const LINE = 24;
const SWATCH = { width: 20, gap: 8, between: 20 };

// drawn    the chart's canvas, with `scale` times as many pixels as it shows
// legend   [{ label, colour, isLine }]
export function pngOf(drawn, { scale, title, legend, source, colours }) {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  const width = drawn.width / scale + 2 * EDGE;
  const inside = width - 2 * EDGE;
  const small = `${SMALL}px ${FONT}`;
  const rows = legendRows(pen, legend, inside);
  const top = EDGE + LINE + 8 + rows.length * LINE + 8;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(top * scale + drawn.height + (LINE + EDGE) * scale);
  pen.scale(scale, scale);
  pen.textBaseline = 'middle';
  pen.fillStyle = colours.background;
  pen.fillRect(0, 0, width, canvas.height / scale);
  write(pen, title, EDGE, EDGE + LINE / 2, `600 ${TITLE}px ${FONT}`, colours.text, inside);
  const firstRow = EDGE + LINE + 8 + LINE / 2;
  rows.forEach((row, index) => drawRow(pen, row, firstRow + index * LINE, colours));
  pen.drawImage(drawn, EDGE, top, drawn.width / scale, drawn.height / scale);
  write(pen, source, EDGE, canvas.height / scale - EDGE - 2, small, colours.quiet, inside);
  return canvas;
}

// The legend's entries with their positions, in as many rows as they need.
function legendRows(pen, legend, width) {
  pen.font = `${SMALL}px ${FONT}`;
  const rows = [[]];
  let at = 0;
  for (const entry of legend) {
    const wide = SWATCH.width + SWATCH.gap + pen.measureText(entry.label).width;
    if (at > 0 && at + wide > width) {
      rows.push([]);
      at = 0;
    }
    rows.at(-1).push({ ...entry, left: EDGE + at });
    at += wide + SWATCH.between;
  }
  return rows;
}

function drawRow(pen, row, middle, colours) {
  for (const { left, label, colour, isLine } of row) {
    const height = isLine ? 3 : 14;
    pen.fillStyle = colour;
    pen.fillRect(left, middle - height / 2, SWATCH.width, height);
    if (!isLine) {
      pen.strokeStyle = colours.grid; // some are hardly darker than the background
      pen.strokeRect(left, middle - height / 2, SWATCH.width, height);
    }
    write(pen, label, left + SWATCH.width + SWATCH.gap, middle, `${SMALL}px ${FONT}`, colours.text);
  }
}

function write(pen, text, left, middle, font, colour, width) {
  pen.font = font;
  pen.fillStyle = colour;
  pen.fillText(text, left, middle, width);
}

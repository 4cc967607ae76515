// The buttons that save the chart as a CSV or as a PNG.

import { csvOf, fileName, separatorOf } from '../csv/spreadsheet.js';
import { save, saveCsv } from '../lib/save.js';
import { WIDE_HEIGHT } from './plot.js';
import { pngOf } from './png.js';
import { coloursOf, createPlot } from './uplot.js';

const PNG_WIDTH = 960; // pixels, on a phone too

export function Export(root, { csv, png, title }) {
  let view = null;
  csv.addEventListener('click', () => saveCsv(tableOf(view), nameOf(view)));
  png.addEventListener('click', async () => {
    const canvas = await drawnWith(view, root, title.textContent);
    canvas.toBlob((blob) => save(blob, `${nameOf(view)}.png`));
  });

  return { update: (next) => { view = next; } };
}

function nameOf({ file, ticker }) {
  return fileName(file.name.replace(/\.[^.]*$/, ''), ticker, 'volume');
}

function tableOf({ lines, ticker, texts, language }) {
  const session = lines.byRow ? texts.headRow : texts.headSession;
  const head = [
    texts.headTicker, session, texts.actual, texts.predicted, texts.headLow, texts.headHigh,
  ];
  const columns = [lines.sessions, lines.actual, lines.predicted, lines.lower, lines.upper];
  const rows = lines.sessions.map((_, index) => [ticker, ...columns.map((line) => line[index])]);
  return csvOf([head, ...rows], separatorOf(language.tag));
}

// uPlot draws in a microtask.
async function drawnWith(view, root, title) {
  const { file, answer, lines, texts, language: { format }, isLog, window, isNarrow } = view;
  const colours = coloursOf(root);
  const look = { width: PNG_WIDTH, height: WIDE_HEIGHT, isLog, isNarrow, format, colours };
  const options = { lines, ...look, getWindow: () => window };
  const chart = createPlot(document.createElement('div'), options);
  await null;
  const { canvas } = chart.ctx;
  const source = texts.source(file.name, answer.model.version);
  const picture = pngOf(canvas, {
    scale: canvas.width / PNG_WIDTH,
    title,
    legend: legendOf(lines, texts, colours),
    source: [source, isLog && texts.logScale].filter(Boolean).join(' · '),
    colours,
  });
  chart.destroy();
  return picture;
}

function legendOf({ firstComing, changes }, texts, colours) {
  return [
    firstComing > 0 && { label: texts.actual, colour: colours.actual, isLine: true },
    { label: texts.predicted, colour: colours.predicted, isLine: true },
    { label: texts.band, colour: colours.band },
    changes.length > 0 && { label: texts.modelChange, colour: colours.change, isLine: true },
    firstComing > 0 && { label: texts.coming, colour: colours.coming },
  ].filter(Boolean);
}

// The line chart: what traded and what was forecast, then the coming sessions with their 80% range.

import uPlot from '../vendor/uplot/uPlot.esm.js';
import { fillTexts, partsOf, say } from './markup.js';
import { answeredFile } from './queue.js';
import { linesOf, tickLabels } from './series.js';
import * as TEXTS from './texts/chart.js';

// Where each line stands in uPlot's data and series.
const SERIES = { lower: 1, upper: 2, actual: 3, predicted: 4 };
const FONT = '12px system-ui, sans-serif';
// Narrower than this, a session would be thinner than a line: fewer are drawn.
const NARROW_PIXELS = 480;
const NARROW_SESSIONS = 45;

export function Chart() {
  const root = document.querySelector('.chart');
  const { title, actualKey, comingKey, plot, readout } = partsOf(root);
  let shown = {};
  let texts = null;
  let format = null;
  let lines = null;
  let drawn = null;

  new ResizeObserver(resize).observe(plot);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => lines && draw());
  plot.addEventListener('keydown', moveByKey);

  function update(state) {
    const { ticker, language } = state;
    const answer = answeredFile(state)?.answer;
    if (!answer || (answer === shown.answer && ticker === shown.ticker && language === shown.language)) return;
    shown = { answer, ticker, language };
    texts = language.texts(TEXTS);
    format = language.format;
    fillTexts(root, texts);
    lines = null;
    resize();
    actualKey.hidden = comingKey.hidden = lines.firstComing === 0;
    say(title, lines.byRow ? texts.titleRows : texts.title);
    plot.setAttribute('aria-label', `${title.textContent}. ${texts.keys}`);
  }

  // Draws anew where the width asks for other sessions, and else only stretches what is drawn.
  function resize() {
    if (!shown.answer || plot.clientWidth === 0) return;
    const wanted = linesOf(shown.answer, shown.ticker, isNarrow() ? NARROW_SESSIONS : undefined);
    if (lines?.sessions.length === wanted.sessions.length) return drawn.setSize(size());
    lines = wanted;
    draw();
    read(lines.firstComing);
  }

  function isNarrow() {
    return plot.clientWidth < NARROW_PIXELS;
  }

  function size() {
    return { width: plot.clientWidth, height: isNarrow() ? 240 : 320 };
  }

  function draw() {
    drawn?.destroy();
    const { lower, upper, actual, predicted, sessions } = lines;
    drawn = new uPlot(options(coloursOf(root)), [sessions.map((_, index) => index), lower, upper, actual, predicted], plot);
  }

  function options(colours) {
    const axis = { stroke: colours.words, font: FONT, ticks: { show: false }, grid: { stroke: colours.grid, width: 1 } };
    return {
      ...size(),
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: false, range: (_, first, last) => [first - 0.5, last + 0.5] },
        y: { range: (_, _low, high) => [0, high * 1.05] },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 72, size: 48, gap: 10, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], values: (_, places) => labels(places) },
        { ...axis, size: 48, values: (_, volumes) => volumes.map(format.scale) },
      ],
      series: [
        {},
        { stroke: 'transparent', points: { show: false } },
        { stroke: 'transparent', points: { show: false } },
        { stroke: colours.actual, width: 1.5, points: { show: false } },
        { stroke: colours.predicted, width: 2, points: { show: true, size: 6, fill: colours.predicted, filter: comingOnly } },
      ],
      bands: [{ series: [SERIES.upper, SERIES.lower], fill: colours.band }],
      hooks: {
        drawClear: [(chart) => shadeComing(chart, colours)],
        setCursor: [(chart) => chart.cursor.idx !== null && chart.cursor.idx !== undefined && read(chart.cursor.idx)],
      },
    };
  }

  function labels(places) {
    const inside = places.filter((place) => Number.isInteger(place) && place in lines.sessions);
    const sessions = inside.map((place) => lines.sessions[place]);
    const texts = lines.byRow ? sessions.map(format.whole) : tickLabels(sessions, format);
    return places.map((place) => texts[inside.indexOf(place)] ?? '');
  }

  // Dots mark the few coming sessions; on a line of rows they would hide it.
  function comingOnly() {
    if (lines.byRow) return [];
    return lines.sessions.map((_, index) => index).filter((index) => index >= lines.firstComing);
  }

  // The background of what has not happened yet.
  function shadeComing(chart, colours) {
    if (lines.firstComing === 0) return;
    const { ctx, bbox } = chart;
    const left = chart.valToPos(lines.firstComing - 0.5, 'x', true);
    ctx.save();
    ctx.fillStyle = colours.coming;
    ctx.fillRect(left, bbox.top, bbox.left + bbox.width - left, bbox.height);
    ctx.restore();
  }

  function read(index) {
    const session = lines.sessions[index];
    const parts = [lines.byRow ? texts.row(format.whole(session)) : format.session(session)];
    if (lines.actual[index] !== null) parts.push(texts.readActual(format.short(lines.actual[index])));
    parts.push(texts.readPredicted(format.short(lines.predicted[index]), format.range(lines.lower[index], lines.upper[index])));
    say(readout, parts.join(' · '));
  }

  function moveByKey(event) {
    const last = lines.sessions.length - 1;
    const at = drawn.cursor.idx ?? lines.firstComing;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const left = drawn.valToPos(Math.min(Math.max(to, 0), last), 'x');
    drawn.setCursor({ left, top: drawn.bbox.height / 4 });
  }

  return { update };
}

// A canvas knows no custom properties: the colours are read off the legend, and so always match it.
function coloursOf(root) {
  const colour = (selector) => getComputedStyle(root.querySelector(selector)).color;
  return {
    actual: colour('.swatch.actual'),
    predicted: colour('.swatch.predicted'),
    band: colour('.swatch.band'),
    words: colour('.chart-readout'),
    grid: getComputedStyle(root).borderTopColor,
    coming: colour('.swatch.coming'),
  };
}

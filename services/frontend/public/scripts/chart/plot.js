// How the chart's lines are drawn: uPlot in the page's colours and letters.

import { tickLabels } from './series.js';

const { uPlot } = globalThis; // index.html loads it
if (!uPlot) throw new Error('The chart library did not come.'); // the page then says that it is not whole

// Where each line stands in uPlot's data and series.
const SERIES = { lower: 1, upper: 2, actual: 3, predicted: 4 };
const STEPS = [1, 10, 100, 1000, 10_000, 100_000].flatMap((step) => [step, 2 * step, 5 * step]); // between the marks of the axis
// Sizes are of a page whose letters are 16 pixels high.
const LETTER = 16;
const SHORTEST_DRAG = 8; // pixels: less is a click

// lines      of linesOf()
// seen       gives the sessions that the plot shows now: { first, last }
// colours    of coloursOf()
// onSelect   called with the sessions that were dragged over: { first, last }
// onCursor   called with the session under the cursor, or null
// onAll      called where all sessions are wanted
export function plotted(place, { lines, seen, format, isLog, isNarrow, width, height, colours, onSelect, onCursor, onAll }) {
  const font = `${zoomed(12)}px system-ui, sans-serif`;
  const axis = { stroke: colours.quiet, font, ticks: { show: false }, grid: { stroke: colours.grid, width: 1 } };
  const { lower, upper, actual, predicted, sessions } = lines;
  const options = {
    width,
    height,
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: SHORTEST_DRAG },
      points: { size: 7 },
      bind: { dblclick: () => onAll },
    },
    scales: {
      x: { time: false, range: () => [seen().first - 0.5, seen().last + 0.5] },
      y: isLog ? { distr: 3, range: (_, low, high) => uPlot.rangeLog(low, high, 10, false) } : { range: (_, _low, high) => [0, high * 1.05] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: zoomed(isNarrow ? 56 : 72), size: zoomed(48), gap: zoomed(10), incrs: STEPS, values: (_, places) => labels(places, lines, format) },
      { ...axis, size: (_, words) => widthOf(words), values: (_, volumes) => volumes.map((volume) => (volume === null ? '' : format.scale(volume))) },
    ],
    series: [
      {},
      { stroke: 'transparent', points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      { stroke: colours.actual, width: 1.5, points: { show: false } },
      { stroke: colours.predicted, width: 2, points: { show: true, size: 6, fill: colours.predicted, filter: () => comingOnly(lines, seen()) } },
    ],
    bands: [{ series: [SERIES.upper, SERIES.lower], fill: colours.band }],
    hooks: {
      drawClear: [(chart) => shadeComing(chart, lines, seen(), colours)],
      setSelect: [(chart) => select(chart, onSelect)],
      setCursor: [({ cursor: { idx } }) => onCursor(idx)],
    },
  };
  return new uPlot(options, [sessions.map((_, index) => index), lower, upper, actual, predicted], place);
}

// By as much as the page's letters are larger than usual, on a very wide screen or by the reader's wish.
export function zoomed(pixels) {
  return (pixels * parseFloat(getComputedStyle(document.documentElement).fontSize)) / LETTER;
}

// A canvas knows no custom properties: the colours are read off what shows them, and so always match it.
export function coloursOf(root) {
  const colour = (selector) => getComputedStyle(root.querySelector(selector)).color;
  const { backgroundColor: background, color: words } = getComputedStyle(root);
  return {
    actual: colour('.swatch.actual'),
    predicted: colour('.swatch.predicted'),
    band: colour('.swatch.band'),
    coming: colour('.swatch.coming'),
    quiet: colour('.chart-keys'),
    background,
    grid: getComputedStyle(root.querySelector('.swatch.coming')).borderTopColor,
    words,
  };
}

function labels(places, lines, format) {
  const inside = places.filter((place) => Number.isInteger(place) && place in lines.sessions);
  const sessions = inside.map((place) => lines.sessions[place]);
  const words = lines.byRow ? sessions.map(format.whole) : tickLabels(sessions, format);
  return places.map((place) => words[inside.indexOf(place)] ?? '');
}

// Dots mark the few coming sessions; on a line of rows they would hide it.
function comingOnly(lines, { first, last }) {
  if (lines.byRow) return [];
  // A dot just outside would show beside the plot.
  return lines.sessions.map((_, index) => index).filter((index) => index >= Math.max(lines.firstComing, first) && index <= last);
}

// The background of what has not happened yet.
function shadeComing(chart, lines, { first, last }, colours) {
  if (lines.firstComing === 0 || lines.firstComing > last) return;
  const { ctx, bbox } = chart;
  const left = chart.valToPos(Math.max(lines.firstComing, first) - 0.5, 'x', true);
  ctx.save();
  ctx.fillStyle = colours.coming;
  ctx.fillRect(left, bbox.top, bbox.left + bbox.width - left, bbox.height);
  ctx.fillStyle = colours.quiet;
  ctx.fillRect(left, bbox.top, devicePixelRatio, bbox.height);
  ctx.restore();
}

function select(chart, onSelect) {
  const { left, width } = chart.select;
  if (width < SHORTEST_DRAG) return;
  const first = Math.ceil(chart.posToVal(left, 'x'));
  const last = Math.floor(chart.posToVal(left + width, 'x'));
  chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  onSelect({ first, last });
}

// As wide as the longest label of the axis, and a little air.
function widthOf(labels) {
  return Math.ceil(zoomed(18 + 6.5 * Math.max(4, ...(labels ?? []).map((label) => label.length))));
}

// How the chart's lines are drawn: by uPlot, in the page's colours and font size.

import { tickLabels } from './series.js';

const { uPlot } = globalThis; // index.html loads it
// After this error, the notice in index.html that the page could not be loaded in full stays.
if (!uPlot) throw new Error('The chart library is missing.');

// The position of each line in uPlot's data and series.
const SERIES = { lower: 1, upper: 2, actual: 3, predicted: 4 };
// Distances between the marks of the session axis.
const STEPS = [1, 10, 100, 1000, 10_000, 100_000].flatMap((step) => [step, 2 * step, 5 * step]);
// Sizes are for a page with a font size of 16 pixels.
const FONT_PIXELS = 16;
const SHORTEST_DRAG = 8; // pixels; a shorter drag is a click
const ignore = () => {};

// lines      of linesOf()
// getWindow  returns the sessions that the plot shows now: { first, last }
// colours    of coloursOf()
// onSelect   called with the sessions that were dragged over: { first, last }
// onCursor   called with the session under the cursor, or null
// onAll      called on a double click
export function createPlot(place, options) {
  const { lines, getWindow, width, height, isLog, isNarrow, format, colours } = options;
  const { onSelect = ignore, onCursor = ignore, onAll = ignore } = options;
  const { lower, upper, actual, predicted, sessions } = lines;
  return new uPlot({
    width,
    height,
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: SHORTEST_DRAG },
      points: { size: 7 },
      bind: { dblclick: () => onAll },
    },
    scales: scales(getWindow, isLog),
    axes: axes(lines, format, isNarrow, colours),
    series: series(lines, getWindow, colours),
    bands: [{ series: [SERIES.upper, SERIES.lower], fill: colours.band }],
    hooks: {
      drawClear: [
        (chart) => shadeComing(chart, lines, getWindow(), colours),
        (chart) => markChanges(chart, lines, getWindow(), colours),
      ],
      setSelect: [(chart) => select(chart, onSelect)],
      setCursor: [({ cursor: { idx } }) => onCursor(idx)],
    },
  }, [sessions.map((_, index) => index), lower, upper, actual, predicted], place);
}

function scales(getWindow, isLog) {
  const volume = isLog
    ? { distr: 3, range: (_, low, high) => uPlot.rangeLog(low, high, 10, false) }
    : { range: (_, _low, high) => [0, high * 1.05] };
  const sessions = () => [getWindow().first - 0.5, getWindow().last + 0.5];
  return { x: { time: false, range: sessions }, y: volume };
}

function axes(lines, format, isNarrow, colours) {
  const axis = {
    stroke: colours.quiet,
    font: `${scaled(12)}px system-ui, sans-serif`,
    ticks: { show: false },
    grid: { stroke: colours.grid, width: 1 },
  };
  return [
    {
      ...axis,
      grid: { show: false },
      space: scaled(isNarrow ? 56 : 72),
      size: scaled(48),
      gap: scaled(10),
      incrs: STEPS,
      values: (_, places) => sessionLabels(places, lines, format),
    },
    {
      ...axis,
      size: (_, labels) => widthOf(labels),
      values: (_, volumes) => volumes.map((volume) => volume === null ? '' : format.scale(volume)),
    },
  ];
}

function series(lines, getWindow, colours) {
  const edge = { stroke: 'transparent', points: { show: false } };
  const onlyComing = () => comingOnly(lines, getWindow());
  const dots = { show: true, size: 6, fill: colours.predicted, filter: onlyComing };
  return [
    {},
    edge,
    edge,
    { stroke: colours.actual, width: 1.5, points: { show: false } },
    { stroke: colours.predicted, width: 2, points: dots },
  ];
}

// Scales with the page's font, which is larger on a very wide screen or if the reader chose so.
export function scaled(pixels) {
  return (pixels * parseFloat(getComputedStyle(document.documentElement).fontSize)) / FONT_PIXELS;
}

// A canvas can't use CSS custom properties, so the colours are read from elements that have them.
export function coloursOf(root) {
  const colour = (selector) => getComputedStyle(root.querySelector(selector)).color;
  const { backgroundColor: background, color: text } = getComputedStyle(root);
  return {
    actual: colour('.swatch.actual'),
    predicted: colour('.swatch.predicted'),
    band: colour('.swatch.band'),
    coming: colour('.swatch.coming'),
    change: colour('.swatch.change'),
    quiet: colour('.chart-keys'),
    background,
    grid: getComputedStyle(root.querySelector('.swatch.coming')).borderTopColor,
    text,
  };
}

function sessionLabels(places, lines, format) {
  const inside = places.filter((place) => Number.isInteger(place) && place in lines.sessions);
  const sessions = inside.map((place) => lines.sessions[place]);
  const labels = lines.byRow ? sessions.map(format.whole) : tickLabels(sessions, format);
  return places.map((place) => labels[inside.indexOf(place)] ?? '');
}

// Dots mark the few coming sessions. A line of rows gets none, because they would hide it.
function comingOnly(lines, { first, last }) {
  if (lines.byRow) return [];
  // A dot just outside would show at the edge of the plot.
  const start = Math.max(lines.firstComing, first);
  return [...lines.sessions.keys()].filter((index) => index >= start && index <= last);
}

// The background of the sessions to come.
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

// A dashed line before the first session of each other model.
function markChanges(chart, { changes }, { first, last }, colours) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colours.change;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash([4, 4].map((length) => length * devicePixelRatio));
  for (const session of changes.filter((change) => change > first && change <= last)) {
    const left = chart.valToPos(session - 0.5, 'x', true);
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
  }
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

// Slightly wider than the longest label of the axis.
function widthOf(labels) {
  return Math.ceil(scaled(18 + 6.5 * Math.max(4, ...(labels ?? []).map((label) => label.length))));
}

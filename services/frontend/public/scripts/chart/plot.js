// Draws the lines, and redraws them when the data, the sessions shown, the colours or the width
// change.

import { coloursOf, createPlot, scaled } from './uplot.js';

export const WIDE_HEIGHT = 340;
const NARROW_HEIGHT = 260;
const NARROW_PIXELS = 480;

// root       the element that has the colours
// onResize   called when the width has changed; the next update() draws the lines to fit
// onCursor   called with the session under the cursor, or null
export function Plot(root, place, { onResize, onSelect, onCursor, onAll }) {
  let view = null; // the last view passed to update()
  let chart = null;
  // Measured only when it may have changed, because measuring makes the browser lay out the page.
  let width = 0;
  const cursor = Cursor(() => chart, onCursor);

  new ResizeObserver(() => {
    if (!view || place.clientWidth === width) return;
    measure();
    onResize();
  }).observe(place);
  place.addEventListener('pointermove', cursor.followTouch);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => view && draw());
  // Paper is white.
  addEventListener('beforeprint', () => drawFor('print'));
  addEventListener('afterprint', () => drawFor('screen'));

  function measure() {
    width = place.clientWidth;
  }

  // marked   the session to put the cursor on, or null
  function update({ lines, language, isLog, window, marked }) {
    const before = view;
    view = { lines, language, isLog, window, marked };
    const isOther = ['lines', 'language', 'isLog'].some((key) => view[key] !== before?.[key]);
    if (isOther || !chart || width === 0) return draw();
    const isResized = chart.width !== width;
    if (isResized) chart.setSize(size());
    const isMoved = ['first', 'last'].some((end) => window[end] !== before.window[end]);
    if (!isResized && !isMoved) return cursor.mark(view);
    chart.redraw();
    cursor.markWhenDrawn(() => view);
  }

  // Draws nothing while the result is hidden; the observer calls this once it has a width.
  function draw() {
    chart?.destroy();
    chart = null;
    if (width === 0) return;
    const { lines, isLog, language: { format } } = view;
    const look = { ...size(), isLog, isNarrow: isNarrow(), format, colours: coloursOf(root) };
    const handlers = { onSelect, onCursor: cursor.follow, onAll };
    chart = createPlot(place, { lines, ...look, getWindow: () => view.window, ...handlers });
    cursor.markWhenDrawn(() => view);
  }

  function drawFor(medium) {
    document.documentElement.dataset.medium = medium;
    if (!view) return;
    measure();
    chart?.destroy();
    chart = null;
    onResize();
  }

  function size() {
    return { width, height: Math.round(scaled(isNarrow() ? NARROW_HEIGHT : WIDE_HEIGHT)) };
  }

  function isNarrow() {
    return width < NARROW_PIXELS;
  }

  return { measure, update, isNarrow };
}

// The vertical line on one session.
function Cursor(getChart, onCursor) {
  let at = null; // the session that it is on
  let isMoving = false; // whether the sessions move under it

  function mark({ marked, window: { first, last } }) {
    const chart = getChart();
    if (!chart || marked === null || marked === at || marked < first || marked > last) return;
    chart.setCursor({ left: chart.valToPos(marked, 'x'), top: chart.over.clientHeight / 2 });
  }

  // uPlot draws in a microtask and leaves the cursor on its pixel; it then goes back to its
  // session.
  function markWhenDrawn(getView) {
    isMoving = true;
    queueMicrotask(() => {
      isMoving = false;
      at = null;
      mark(getView());
    });
  }

  function follow(index) {
    if (isMoving) return;
    at = Number.isInteger(index) ? index : null;
    onCursor(at);
  }

  // A finger that moves sideways reads out sessions; one that moves up or down scrolls the page.
  function followTouch({ pointerType, clientX }) {
    const chart = getChart();
    if (pointerType !== 'touch' || !chart) return;
    const { left, width } = chart.over.getBoundingClientRect();
    chart.setCursor({ left: Math.min(Math.max(clientX - left, 0), width), top: 0 });
  }

  return { mark, markWhenDrawn, follow, followTouch };
}

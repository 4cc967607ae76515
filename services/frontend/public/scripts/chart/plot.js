// The drawn lines: draws them anew or moves them when the data, the sessions shown, the colours or the width change.

import { coloursOf, createPlot, scaled } from './uplot.js';

export const WIDE_HEIGHT = 340;
const NARROW_HEIGHT = 260;
const NARROW_PIXELS = 480;

// root       has the colours
// onResize   called when the width has changed; an update() then draws the lines in it
// onCursor   called with the session under the cursor, or null
export function Plot(root, place, { onResize, onSelect, onCursor, onAll }) {
  let view = null; // the last one given to update()
  let chart = null;
  let width = 0; // measured only when it may have changed, because measuring makes the browser lay out the page
  let cursor = null; // the session under uPlot's cursor
  let isMoving = false; // whether the sessions move under the cursor

  new ResizeObserver(() => {
    if (!view || place.clientWidth === width) return;
    measure();
    onResize();
  }).observe(place);
  place.addEventListener('pointermove', moveByTouch);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => view && draw());
  // Paper is white.
  addEventListener('beforeprint', () => drawFor('print'));
  addEventListener('afterprint', () => drawFor('screen'));

  function measure() {
    width = place.clientWidth;
  }

  // marked   the session that the cursor is to be on, or null
  function update({ lines, language, isLog, window, marked }) {
    const before = view;
    view = { lines, language, isLog, window, marked };
    const isOther = ['lines', 'language', 'isLog'].some((key) => view[key] !== before?.[key]);
    if (isOther || !chart || width === 0) return draw();
    const isResized = chart.width !== width;
    if (isResized) chart.setSize(size());
    if (!isResized && window.first === before.window.first && window.last === before.window.last) return mark();
    chart.redraw();
    markWhenDrawn();
  }

  // Nothing while the result is hidden: the observer calls when it has a width.
  function draw() {
    chart?.destroy();
    chart = null;
    if (width === 0) return;
    const { lines, isLog, language: { format } } = view;
    chart = createPlot(place, {
      ...size(), lines, isLog, format, getWindow: () => view.window, isNarrow: isNarrow(), colours: coloursOf(root), onSelect, onCursor: follow, onAll,
    });
    markWhenDrawn();
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

  // uPlot draws in a microtask and leaves the cursor on its pixel; it then goes back to its session.
  function markWhenDrawn() {
    isMoving = true;
    queueMicrotask(() => {
      isMoving = false;
      cursor = null;
      mark();
    });
  }

  function mark() {
    const { marked, window: { first, last } } = view;
    if (!chart || marked === null || marked === cursor || marked < first || marked > last) return;
    chart.setCursor({ left: chart.valToPos(marked, 'x'), top: chart.over.clientHeight / 2 });
  }

  function follow(index) {
    if (isMoving) return;
    cursor = Number.isInteger(index) ? index : null;
    onCursor(cursor);
  }

  // A finger that moves sideways reads sessions; up and down, it scrolls the page.
  function moveByTouch({ pointerType, clientX }) {
    if (pointerType !== 'touch' || !chart) return;
    const { left, width: pixels } = chart.over.getBoundingClientRect();
    chart.setCursor({ left: Math.min(Math.max(clientX - left, 0), pixels), top: 0 });
  }

  return { measure, update, isNarrow };
}

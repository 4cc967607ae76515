// The line chart: what traded and what was forecast, then the coming sessions with their 80% range.
// All that it shows stands in a table behind it, too, and can be saved.

import { fillTexts, partsOf, setText } from '../lib/markup.js';
import { isolated } from '../lib/names.js';
import { isOn, PagedTable, turnOn } from '../lib/paged_table.js';
import { pictureOf } from './png.js';
import { coloursOf, plotted, zoomed } from './plot.js';
import { answeredFile } from '../state/queue.js';
import { save, saveCsv } from '../lib/save.js';
import { lacksPoints, linesOf } from './series.js';
import { csvOf, fileName, separatorOf } from '../csv/spreadsheet.js';
import * as TEXTS from '../texts/chart.js';
import { FEWEST, fitted, isWhole, latest, moved, scaled, showing, whole } from './zoom_range.js';

const HEIGHT = { wide: 340, narrow: 260 };
// Narrower than this, a session would be thinner than a line: fewer are shown at first.
const NARROW_PIXELS = 480;
const SAVED_PIXELS = 960;
const NARROW_SESSIONS = 45;
const CLOSER = 0.5;
const WIDER = 2;
const SHARE_MOVED = 0.5; // of what is seen
const TABLE_PAGE = 50;

export function Chart({ onZoom, onScale, onPastAgain }) {
  const root = document.querySelector('.chart');
  const parts = partsOf(root);
  const { title, actualKey, comingKey, plot, past, pastNote, again, figures } = parts;
  const { readSession, readActual, readPredicted, readBand, readActualField } = parts;
  const table = PagedTable(parts, { size: TABLE_PAGE, onPage: showFigures });
  let shown = {};
  let texts = null;
  let lines = null;
  let drawn = null;
  let width = 0; // of the plot; measured where it may have changed, since measuring makes the browser lay out the page
  let at = 0; // the session that is read
  let isMarked = false; // whether the cursor stands on it
  let isDrawing = false; // whether uPlot moves the cursor because the sessions under it moved
  let figuresPage = 0;

  new ResizeObserver(resize).observe(plot);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => lines && draw());
  // Paper is white.
  addEventListener('beforeprint', () => drawFor('print'));
  addEventListener('afterprint', () => drawFor('screen'));
  // A pointer that comes to drag marks by itself.
  plot.addEventListener('focus', () => plot.matches(':focus-visible') && mayMark() && mark(at));
  plot.addEventListener('keydown', moveByKey);
  plot.addEventListener('pointermove', moveByTouch);
  on(parts.earlier, () => onZoom(moved(seen(), -step(), count())));
  on(parts.later, () => onZoom(moved(seen(), step(), count())));
  on(parts.wider, () => zoomBy(WIDER));
  on(parts.closer, () => zoomBy(CLOSER));
  on(parts.all, () => onZoom(whole(count())));
  on(parts.csv, saveFigures);
  on(parts.png, savePicture);
  on(again, () => {
    onPastAgain();
    plot.focus(); // the button goes
  });
  for (const choice of [parts.linear, parts.log]) choice.addEventListener('change', () => onScale(choice.value));
  figures.addEventListener('toggle', () => showFigures(figuresPage));

  function on(button, act) {
    button.addEventListener('click', () => isOn(button) && act());
  }

  function update(state) {
    const file = answeredFile(state);
    if (!file?.answer) return;
    const { language, ticker, scale, zoom, past: fetching } = state;
    const before = shown;
    shown = { file, answer: file.answer, language, ticker, scale, zoom };
    const isOther = file.answer !== before.answer || ticker !== before.ticker;
    const isSaidAnew = language !== before.language;
    if (isSaidAnew) {
      texts = language.texts(TEXTS);
      fillTexts(root, texts);
    }
    if (isOther) takeLines(before);
    if (isOther || isSaidAnew) {
      label();
      setText(parts.seen, '');
    }
    if (isOther || isSaidAnew || scale !== before.scale) draw();
    else if (zoom !== before.zoom) {
      redraw();
      setText(parts.seen, texts.fromTo(nameOf(seen().first), nameOf(seen().last)));
    }
    tell(fetching);
  }

  // More sessions of the ticker that is read already must not take the reader elsewhere.
  function takeLines(before) {
    const session = lines?.sessions[at];
    lines = linesOf(shown.answer, shown.ticker);
    const same = shown.ticker === before.ticker ? lines.sessions.indexOf(session) : -1;
    at = same < 0 ? lines.firstComing : same;
    isMarked &&= same >= 0;
    figuresPage = 0;
  }

  function label() {
    const { ticker } = shown;
    setText(title, titleOf(ticker === null ? null : isolated(ticker)));
    actualKey.hidden = comingKey.hidden = lines.firstComing === 0;
    plot.setAttribute('aria-label', `${title.textContent}. ${texts.plot}`);
    read(at);
    showFigures(figuresPage);
  }

  function titleOf(ticker) {
    if (lines.byRow) return ticker === null ? texts.titleRows : `${ticker}: ${texts.titleRows}`;
    return ticker === null ? texts.title : texts.titleOf(ticker);
  }

  function tell(fetching) {
    const { file, answer, ticker, scale } = shown;
    const isOurs = lacksPoints(answer, ticker) && fetching?.id === file.id && fetching.ticker === ticker;
    past.hidden = !isOurs;
    setText(pastNote, isOurs ? texts[fetching.phase] : '');
    again.hidden = !isOurs || fetching.phase !== 'failed';
    parts.linear.checked = scale === 'linear';
    parts.log.checked = scale === 'log';
    const { first, last } = seen();
    parts.zoom.hidden = parts.hint.hidden = count() <= FEWEST;
    if (parts.hint.hidden) plot.removeAttribute('aria-describedby');
    else plot.setAttribute('aria-describedby', parts.hint.id);
    turnOn(parts.earlier, first > 0);
    turnOn(parts.later, last < count() - 1);
    turnOn(parts.wider, !isWhole(seen(), count()));
    turnOn(parts.closer, last - first + 1 > FEWEST);
    turnOn(parts.all, !isWhole(seen(), count()));
  }

  function count() {
    return lines.sessions.length;
  }

  // The sessions that the chart shows now.
  function seen() {
    if (shown.zoom) return fitted(shown.zoom, count());
    return isNarrow() && !lines.byRow ? latest(NARROW_SESSIONS, lines.firstComing, count()) : whole(count());
  }

  function step() {
    const { first, last } = seen();
    return Math.max(1, Math.round((last - first + 1) * SHARE_MOVED));
  }

  function zoomBy(times) {
    onZoom(scaled(seen(), times, at, count()));
  }

  function isNarrow() {
    return width < NARROW_PIXELS;
  }

  function size() {
    return { width, height: Math.round(zoomed(isNarrow() ? HEIGHT.narrow : HEIGHT.wide)) };
  }

  function drawFor(medium) {
    document.documentElement.dataset.medium = medium;
    if (lines) draw();
  }

  function resize() {
    if (!lines || plot.clientWidth === width) return;
    const isStretched = drawn && plot.clientWidth > 0;
    width = plot.clientWidth;
    if (!isStretched) return draw();
    drawn.setSize(size());
    redraw();
  }

  // Nothing while the result is hidden: the observer calls when it has a width.
  function draw() {
    drawn?.destroy();
    drawn = null;
    width = plot.clientWidth;
    if (width === 0) return;
    drawn = plotOf(size(), plot);
    markWhenDrawn();
  }

  function plotOf(dimensions, place) {
    return plotted(place, {
      ...dimensions,
      lines,
      seen,
      format: shown.language.format,
      isLog: shown.scale === 'log',
      isNarrow: isNarrow(),
      colours: coloursOf(root),
      onSelect: (sessions) => onZoom(fitted(sessions, count())),
      onCursor: (index) => !isDrawing && follow(index),
      onAll: () => onZoom(whole(count())),
    });
  }

  // The same lines in another window.
  function redraw() {
    if (!drawn) return;
    drawn.redraw();
    markWhenDrawn();
    const { first, last } = seen();
    if (at < first || at > last) read(Math.min(Math.max(at, first), last));
  }

  // uPlot draws in a microtask and leaves the cursor on its pixel. Then it goes back to the session that it stood on.
  function markWhenDrawn() {
    isDrawing = true;
    queueMicrotask(() => {
      isDrawing = false;
      if (isMarked && mayMark()) mark(at);
    });
  }

  function mayMark() {
    const { first, last } = seen();
    return drawn && at >= first && at <= last;
  }

  function follow(index) {
    isMarked = Number.isInteger(index);
    if (isMarked) read(index);
  }

  function read(index) {
    at = index;
    const { format } = shown.language;
    const actual = lines.actual[index];
    const band = texts.fromTo(format.whole(lines.lower[index]), format.whole(lines.upper[index]));
    setText(readSession, nameOf(index));
    readActualField.hidden = actual === null;
    setText(readActual, actual === null ? '' : format.whole(actual));
    setText(readPredicted, format.whole(lines.predicted[index]));
    setText(readBand, band);
    plot.setAttribute('aria-valuemax', lines.sessions.length);
    plot.setAttribute('aria-valuenow', index + 1);
    plot.setAttribute('aria-valuetext', [
      readSession.textContent,
      actual !== null && texts.read(texts.actual, format.whole(actual)),
      texts.read(texts.predicted, format.whole(lines.predicted[index])),
      texts.read(texts.band, band),
    ].filter(Boolean).join(', '));
  }

  function nameOf(index) {
    const { format } = shown.language;
    const session = lines.sessions[index];
    if (!lines.byRow) return format.longSession(session);
    const day = lines.dates[index];
    return [texts.row(format.whole(session)), day && format.longSession(day)].filter(Boolean).join(', ');
  }

  function mark(index) {
    drawn.setCursor({ left: drawn.valToPos(index, 'x'), top: drawn.over.clientHeight / 2 });
  }

  function moveByKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !drawn) return;
    const act = {
      ArrowLeft: () => readAt(at - 1),
      ArrowDown: () => readAt(at - 1),
      ArrowRight: () => readAt(at + 1),
      ArrowUp: () => readAt(at + 1),
      PageDown: () => readAt(at - FEWEST),
      PageUp: () => readAt(at + FEWEST),
      Home: () => readAt(0),
      End: () => readAt(count() - 1),
      '+': () => zoomBy(CLOSER),
      '=': () => zoomBy(CLOSER),
      '-': () => zoomBy(WIDER),
      0: () => onZoom(whole(count())),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  function readAt(index) {
    read(Math.min(Math.max(index, 0), count() - 1));
    isMarked = true;
    if (mayMark()) mark(at);
    else onZoom(showing(seen(), at, count()));
  }

  // A finger that moves sideways reads; up and down, it scrolls the page.
  function moveByTouch({ pointerType, clientX }) {
    if (pointerType !== 'touch' || !drawn) return;
    const { left, width } = drawn.over.getBoundingClientRect();
    drawn.setCursor({ left: Math.min(Math.max(clientX - left, 0), width), top: 0 });
  }

  // The newest first: what comes, then what came.
  function showFigures(page) {
    figuresPage = page;
    if (!figures.open || !lines) return;
    const { format } = shown.language;
    table.show({
      entries: lines.sessions.map((_, index) => index).reverse(),
      page,
      heading: 0,
      columns: [lines.byRow ? texts.headRow : texts.headSession, texts.actual, texts.predicted, texts.headLow, texts.headHigh],
      cellsOf: (index) => [
        lines.byRow ? format.whole(lines.sessions[index]) : format.session(lines.sessions[index]),
        lines.actual[index] === null ? texts.none : format.whole(lines.actual[index]),
        ...[lines.predicted, lines.lower, lines.upper].map((line) => format.whole(line[index])),
      ],
      texts,
      format,
    });
  }

  function nameToSave() {
    return fileName(shown.file.name.replace(/\.[^.]*$/, ''), shown.ticker, 'volume');
  }

  function saveFigures() {
    const head = [texts.headTicker, lines.byRow ? texts.headRow : texts.headSession, texts.actual, texts.predicted, texts.headLow, texts.headHigh];
    const rows = lines.sessions.map((session, index) => (
      [shown.ticker, session, lines.actual[index], lines.predicted[index], lines.lower[index], lines.upper[index]]
    ));
    saveCsv(csvOf([head, ...rows], separatorOf(shown.language.tag)), nameToSave());
  }

  // On a phone, too, as wide as the text beside it needs. uPlot draws in a microtask.
  async function savePicture() {
    const colours = coloursOf(root);
    const chart = plotOf({ width: SAVED_PIXELS, height: HEIGHT.wide }, document.createElement('div'));
    await null;
    const { canvas } = chart.ctx;
    const picture = pictureOf(canvas, {
      scale: canvas.width / SAVED_PIXELS,
      title: title.textContent,
      legend: [
        !actualKey.hidden && { label: texts.actual, colour: colours.actual, isLine: true },
        { label: texts.predicted, colour: colours.predicted, isLine: true },
        { label: texts.band, colour: colours.band },
        !comingKey.hidden && { label: texts.coming, colour: colours.coming },
      ].filter(Boolean),
      source: [texts.source(shown.file.name, shown.answer.model.version), shown.scale === 'log' && texts.logScale].filter(Boolean).join(' · '),
      colours,
    });
    picture.toBlob((blob) => save(blob, `${nameToSave()}.png`));
    chart.destroy();
  }

  return { update };
}

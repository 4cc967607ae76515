// The line chart: traded and forecast volumes, then the coming sessions with their 80% range.
// Each part shows one thing: plot, read_out, zoom, table and export.

import { isolated } from '../lib/names.js';
import { fillTexts, partsOf, setText } from '../lib/markup.js';
import { answeredFile } from '../state/queue.js';
import * as TEXTS from '../texts/chart.js';
import { Export } from './export.js';
import { Plot } from './plot.js';
import { ReadOut, sessionName } from './read_out.js';
import { lacksPoints } from '../state/answer.js';
import { linesOf } from './series.js';
import { Table } from './table.js';
import { Zoom } from './zoom.js';
import { fitted, latest, MIN_SESSIONS, showing, whole } from './zoom_range.js';

const NARROW_SESSIONS = 45; // on a narrow screen, more would be less than a line wide each
const STEPS = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: +1,
  ArrowUp: +1,
  PageDown: -MIN_SESSIONS,
  PageUp: +MIN_SESSIONS,
  Home: -Infinity,
  End: Infinity,
};

export function Chart(handlers) {
  const root = document.querySelector('.chart');
  const figure = Figure(root, handlers);

  function update(state) {
    const file = answeredFile(state);
    if (file?.answer) figure.update(state, file);
  }

  return { update };
}

// root   the chart's figure, or a copy of it
export function Figure(root, { onZoom, onScale, onPastAgain }) {
  const parts = partsOf(root);
  const plot = Plot(root, parts.plot, {
    onResize: refresh,
    onSelect: (sessions) => onZoom(fitted(sessions, view.lines.sessions.length)),
    onCursor: mark,
    onAll: () => onZoom(whole(view.lines.sessions.length)),
  });
  const zoom = Zoom(parts, { onZoom });
  const others = [ReadOut(parts), Table(parts), Export(root, parts)];
  let view = null;
  let selected = 0; // the session that is read out
  let isMarked = false; // whether the cursor is on it
  listen(parts, { onScale, onPastAgain, step, zoomBy: zoom.press, mark: () => mark(selected) });

  // state   { language, ticker, scale, zoom, past }
  // file    { id, name, answer }, with an answer like that of /predict
  function update(state, file) {
    const before = view;
    view = viewOf(state, file, before);
    if (view.lines !== before?.lines) keepSession(before);
    if (view.language !== before?.language) fillTexts(root, view.texts);
    if (isRedrawn(view, before)) plot.measure();
    refresh();
    updateLabels(parts, view);
    updatePast(parts, view, state.past);
    announce(parts, view, before, plot.isNarrow());
  }

  function refresh() {
    const count = view.lines.sessions.length;
    const isNarrow = plot.isNarrow();
    const window = windowOf(view, isNarrow);
    selected = Math.min(Math.max(selected, window.first), window.last);
    const marked = isMarked ? selected : null;
    const now = { ...view, isNarrow, window, count, selected, marked };
    for (const part of [plot, zoom, ...others]) part.update(now);
  }

  // When more sessions of the same ticker arrive, the reader stays where they are.
  function keepSession(before) {
    const { lines, ticker } = view;
    const session = before?.lines.sessions[selected];
    const same = ticker === before?.ticker ? lines.sessions.indexOf(session) : -1;
    selected = same < 0 ? lines.firstComing : same;
    isMarked &&= same >= 0;
  }

  function mark(session) {
    isMarked = session !== null;
    if (isMarked) selected = session;
    refresh();
  }

  function step(by) {
    const count = view.lines.sessions.length;
    const window = windowOf(view, plot.isNarrow());
    selected = Math.min(Math.max(selected + by, 0), count - 1);
    isMarked = true;
    const wanted = showing(window, selected, count);
    if (wanted === window) refresh();
    else onZoom(wanted);
  }

  return { update };
}

function listen({ plot, again, linear, log }, { onScale, onPastAgain, step, zoomBy, mark }) {
  plot.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in STEPS) step(STEPS[event.key]);
    else if (!zoomBy(event.key)) return;
    event.preventDefault();
  });
  // With a pointer, the cursor already marks the session.
  plot.addEventListener('focus', () => plot.matches(':focus-visible') && mark());
  again.addEventListener('click', () => {
    onPastAgain();
    plot.focus(); // the button disappears
  });
  for (const choice of [linear, log]) choice.addEventListener('change', () => onScale(choice.value));
}

function viewOf({ language, ticker, scale, zoom }, file, before) {
  const { answer } = file;
  const isSame = answer === before?.answer && ticker === before.ticker;
  const lines = isSame ? before.lines : linesOf(answer, ticker);
  const texts = language.texts(TEXTS);
  return { file, answer, ticker, language, texts, isLog: scale === 'log', zoom, lines };
}

function isRedrawn(view, before) {
  return ['lines', 'language', 'isLog'].some((key) => view[key] !== before?.[key]);
}

// The sessions to show: those chosen, or on a narrow screen the latest.
function windowOf({ zoom, lines }, isNarrow) {
  const count = lines.sessions.length;
  if (zoom) return fitted(zoom, count);
  if (!isNarrow || lines.byRow) return whole(count);
  return latest(NARROW_SESSIONS, lines.firstComing, count);
}

function announce({ announcement }, view, before, isNarrow) {
  if (isRedrawn(view, before)) return setText(announcement, '');
  if (view.zoom === before.zoom) return;
  const { first, last } = windowOf(view, isNarrow);
  const [from, to] = [first, last].map((session) => sessionName(session, view));
  setText(announcement, view.texts.fromTo(from, to));
}

function updateLabels(parts, { lines, ticker, texts, isLog }) {
  const { title, actualKey, changeKey, comingKey, plot, linear, log } = parts;
  setText(title, titleOf(lines, ticker === null ? null : isolated(ticker), texts));
  actualKey.hidden = comingKey.hidden = lines.firstComing === 0;
  changeKey.hidden = lines.changes.length === 0;
  plot.setAttribute('aria-label', `${title.textContent}. ${texts.plot}`);
  linear.checked = !isLog;
  log.checked = isLog;
}

function titleOf({ byRow }, ticker, texts) {
  if (byRow) return ticker === null ? texts.titleRows : `${ticker}: ${texts.titleRows}`;
  return ticker === null ? texts.title : texts.titleOf(ticker);
}

// Shown while the rest of a ticker's past sessions are fetched.
function updatePast({ past, pastNote, again }, { file, answer, ticker, texts }, fetching) {
  const isShown = fetching?.id === file.id && fetching.ticker === ticker;
  const isOurs = isShown && lacksPoints(answer, ticker);
  past.hidden = !isOurs;
  setText(pastNote, isOurs ? texts[fetching.phase] : '');
  again.hidden = !isOurs || fetching.phase !== 'failed';
}

// One ticker: its next forecast, its forecasts and volumes over time, and its scores.

import { Figure } from '../chart/chart.js';
import { isInMillions } from '../lib/format.js';
import { built, fillTexts, partsOf, setText } from '../lib/markup.js';
import { isolated } from '../lib/names.js';
import { answerOf, nextOf } from '../state/ledger.js';
import { linkTo } from '../state/view.js';
import { fractionOf } from '../state/watch_list.js';
import * as FORECAST_TEXTS from '../texts/forecast.js';
import * as TEXTS from '../texts/watch_ticker.js';
import { Scores } from './scores.js';

// The lines about the next session, with their classes.
const LINES = {
  eyebrow: 'eyebrow', volume: 'forecast-volume', change: 'forecast-mean', range: '', kind: 'hint',
};

export function Ticker() {
  const figure = copyOf(document.querySelector('.chart'));
  const scores = Scores();
  const next = built('div', { class: 'card forecast-next', 'data-part': 'next' },
    ...Object.entries(LINES).map(([part, name]) => built('p', { 'data-part': part, class: name })));
  const element = built('div', { class: 'watch-ticker' },
    built('div', { class: 'watch-intro' },
      built('a', { href: linkTo(), 'data-text': 'back' }),
      built('h1', { 'data-part': 'title', tabindex: '-1' })),
    built('p', { class: 'hint', role: 'status', 'data-part': 'note' }),
    next, scores.element);
  const parts = partsOf(element);
  let chart = null; // made when it is needed, so the page has one chart until then
  let wanted = { scale: 'linear', zoom: null };
  let shown = {};

  function update({ view, ledger: { ticker: found, problem }, language }) {
    const known = found?.ticker === view.ticker ? found : null;
    const next = { name: view.ticker, known, language, isLoading: !known && !problem };
    if (Object.keys(next).every((key) => next[key] === shown[key])) return;
    const { name, isLoading } = next;
    if (name !== shown.name) wanted = { ...wanted, zoom: null };
    const isEmpty = !known?.forecasts.length;
    shown = { ...next, answer: isEmpty ? null : answerOf(known) };
    const texts = language.texts(TEXTS);
    fillTexts(parts.title.parentElement, texts);
    setText(parts.title, isolated(name));
    setText(parts.note, isLoading ? texts.loading : known && isEmpty ? texts.none : '');
    figure.hidden = scores.element.hidden = isEmpty;
    updateNext(parts, isEmpty ? null : nextOf(known), language);
    if (isEmpty) return;
    scores.update(known.scores, language);
    drawChart();
  }

  function drawChart() {
    if (!chart) {
      next.after(figure);
      const onScale = (scale) => draw({ scale });
      chart = Figure(figure, { onScale, onZoom: (zoom) => draw({ zoom }) });
    }
    draw({});
  }

  function draw(changes) {
    wanted = { ...wanted, ...changes };
    const { language, name, answer } = shown;
    const file = { id: name, name: language.texts(TEXTS).file, answer };
    chart.update({ ...wanted, language, ticker: name, past: null }, file);
  }

  return { element, update, focus: () => parts.title.focus() };
}

function updateNext({ next, eyebrow, volume, change, range, kind }, forecast, { texts, format }) {
  next.hidden = !forecast;
  if (!forecast) return;
  const { nextOf: nextSession, shares, sharesOfMillions, flags, ...others } = texts(FORECAST_TEXTS);
  const { volume: shown, usual, calendar } = forecast;
  setText(eyebrow, nextSession(isolated(forecast.ticker), format.longSession(forecast.session)));
  volume.replaceChildren(built('strong', {}, format.long(shown)), ` ${isInMillions(shown) ? sharesOfMillions : shares}`);
  setText(change, changeText(fractionOf(shown, usual), usual, others, format));
  setText(range, others.range(format.long(forecast.lower_80), format.long(forecast.upper_80)));
  setText(kind, calendar.map((flag) => flags[flag] ?? flag).join(', '));
}

function changeText(fraction, usual, texts, format) {
  if (fraction === null) return '';
  const percent = format.percent(Math.abs(fraction));
  if (percent === format.percent(0)) return texts.same(format.long(usual));
  return texts[fraction < 0 ? 'below' : 'above'](percent, format.long(usual));
}

// A copy of the page's chart, with ids and names of its own, below a title of the first level.
function copyOf(chart) {
  const copy = chart.cloneNode(true);
  copy.querySelector('h3').setAttribute('aria-level', '2');
  for (const name of ['id', 'name', 'aria-labelledby', 'aria-describedby']) {
    for (const element of [copy, ...copy.querySelectorAll(`[${name}]`)]) {
      const value = element.getAttribute(name);
      if (value !== null) element.setAttribute(name, `watch-${value}`);
    }
  }
  return copy;
}

// A ticker's scores by model, by kind of day and by month, as three tables.

import { SCORED_BY } from '../lib/api.js';
import { built, fillTexts, headerCell, partsOf, setText, textElement } from '../lib/markup.js';
import * as FORECAST_TEXTS from '../texts/forecast.js';
import * as TEXTS from '../texts/watch_ticker.js';

const COLUMNS = ['mape', 'bias', 'naive', 'har', 'coverage80', 'coverage95', 'count'];

export function Scores() {
  const label = { 'aria-labelledby': 'watch-scores-title' };
  const element = built('section', { class: 'watch-scores card', ...label },
    built('h2', { id: 'watch-scores-title', 'data-text': 'scores' }),
    built('p', { class: 'hint', 'data-text': 'scoresNote' }),
    built('p', { 'data-part': 'none', 'data-text': 'noScores' }),
    ...SCORED_BY.map(tableOf));
  const parts = partsOf(element);

  // scores   by what they are grouped by: the API's rows
  function update(scores, language) {
    const texts = language.texts(TEXTS);
    fillTexts(element, texts);
    parts.none.hidden = SCORED_BY.some((by) => scores[by].length > 0);
    for (const by of SCORED_BY) {
      const { [by]: box, [`${by}Title`]: title, [`${by}Head`]: head, [`${by}Rows`]: rows } = parts;
      box.hidden = scores[by].length === 0;
      setText(title, texts.by[by]);
      const columns = [texts.heads[by], ...COLUMNS.map((column) => texts[column])];
      if (by === 'version') columns.push(texts.sessions);
      head.replaceChildren(...columns.map((text) => headerCell(text, 'col')));
      const found = inOrder(by, scores[by]);
      rows.replaceChildren(...found.map((score) => row(by, score, texts, language)));
    }
  }

  return { element, update };
}

function tableOf(by) {
  const title = `watch-scores-${by}`;
  return built('div', { 'data-part': by },
    built('h3', { id: title, 'data-part': `${by}Title` }),
    built('div', { class: 'scroller', tabindex: '0', role: 'region', 'aria-labelledby': title },
      built('table', { 'aria-labelledby': title },
        built('thead', {}, built('tr', { 'data-part': `${by}Head` })),
        built('tbody', { 'data-part': `${by}Rows` }))));
}

// Models and months have the newest first; the most common kind of day comes first.
function inOrder(by, scores) {
  if (by === 'calendar') return scores.toSorted((one, other) => other.forecasts - one.forecasts);
  return scores.toSorted((one, other) => (one[by] < other[by] ? 1 : -1));
}

// Only a model needs its sessions: a month is its own, and kinds of day are spread over all.
function row(by, score, texts, language) {
  const { format } = language;
  const written = (write, value) => (typeof value === 'number' ? write(value) : texts.empty);
  const sessions = [...new Set([score.first_session, score.last_session])].map(format.session);
  const cells = [
    written(format.finePercent, score.mape),
    written(format.fineChange, score.bias),
    written(format.fineChange, score.skill_vs_naive),
    written(format.fineChange, score.skill_vs_har),
    written(format.percent, score.coverage_80),
    written(format.percent, score.coverage_95),
    format.whole(score.forecasts),
    ...(by === 'version' ? [sessions.join('\u00a0– ')] : []),
  ];
  const name = headerCell(nameOf(by, score[by], texts, language), 'row');
  return built('tr', {}, name, ...cells.map((text) => textElement('td', text)));
}

function nameOf(by, value, texts, language) {
  if (by === 'version') return value;
  if (by === 'month') return language.format.month(value);
  if (value === 'ordinary') return texts.ordinary;
  const { flags } = language.texts(FORECAST_TEXTS);
  return value.split(' ').map((flag) => flags[flag] ?? flag).join(', ');
}

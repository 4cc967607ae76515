// The head of a result: the next session's volume, its range and why, then the sessions after it.

import { extent, isByRow, predictionsOf, recordOf } from '../state/answer.js';
import { isInMillions } from '../lib/format.js';
import { elementWith, fillTexts, partsOf, setText, textElement } from '../lib/markup.js';
import { isolated } from '../lib/names.js';
import { changeFrom, isPast, reasonsOf, recentMean } from '../state/headline.js';
import { answeredFile } from '../state/queue.js';
import * as TEXTS from '../texts/forecast.js';
import { ForecastWarnings } from './forecast_warnings.js';

export function Forecast() {
  const root = document.querySelector('.forecast');
  const parts = partsOf(root);
  const warnings = ForecastWarnings(parts);
  let shown = {};

  function update(state) {
    const { ticker, language, service } = state;
    const answer = answeredFile(state)?.answer;
    const effects = service.model?.calendar_effects ?? shown.effects;
    const isSame = answer === shown.answer && ticker === shown.ticker && language === shown.language;
    if (!answer || (isSame && areEqual(effects, shown.effects))) return;
    shown = { answer, ticker, language, effects };
    const texts = language.texts(TEXTS);
    fillTexts(root, texts);
    warnings.update(answer.input.warnings, texts, language);
    const { change, past, why, coming } = parts;
    if (isByRow(answer)) {
      change.hidden = past.hidden = why.hidden = coming.hidden = true;
      updateRows(parts, predictionsOf(answer, ticker), ticker, texts, language.format);
    } else {
      const mean = recentMean(recordOf(answer, ticker));
      const [next, ...others] = predictionsOf(answer, ticker);
      updateNext(parts, next, ticker, mean, texts, language.format);
      updateReasons(parts, reasonsOf(next, effects), texts, language.format);
      updateComing(parts, others, mean, texts, language.format);
    }
  }

  return { update };
}

function updateRows({ eyebrow, volume, unit, range }, predictions, ticker, texts, format) {
  const { lowest, highest } = extent(predictions);
  const rows = format.counted(predictions.length, texts.rows);
  const isOne = predictions.length === 1;
  setText(eyebrow, ticker === null ? rows : `${isolated(ticker)}: ${rows}`);
  setText(volume, isOne ? format.long(lowest) : texts.lowToHigh(format.long(lowest), format.long(highest)));
  setText(unit, isInMillions(highest) ? texts.sharesOfMillions : texts.shares);
  setText(range, isOne ? '' : texts.rowRange);
}

function updateNext({ eyebrow, volume, unit, change, range, past }, next, ticker, mean, texts, format) {
  const session = format.longSession(next.session);
  setText(eyebrow, ticker === null ? texts.next(session) : texts.nextOf(isolated(ticker), session));
  setText(volume, format.long(next.volume));
  setText(unit, isInMillions(next.volume) ? texts.sharesOfMillions : texts.shares);
  change.hidden = mean === null;
  if (mean !== null) setText(change, changeText(changeFrom(mean, next.volume), mean, texts, format));
  setText(range, texts.range(format.long(next.lower_80), format.long(next.upper_80)));
  past.hidden = !isPast(next.session, new Date());
  setText(past, texts.past);
}

function changeText(fraction, mean, texts, format) {
  const percent = format.percent(Math.abs(fraction));
  if (percent === format.percent(0)) return texts.same(format.long(mean));
  return texts[fraction < 0 ? 'below' : 'above'](percent, format.long(mean));
}

function updateReasons({ why, reasons }, found, texts, format) {
  why.hidden = !found;
  if (!found) return;
  const known = found.filter(({ flag }) => flag in texts.flags).map((reason) => reasonText(reason, texts, format));
  reasons.replaceChildren(...(known.length > 0 ? known : [texts.ordinary]).map((text) => textElement('li', text)));
}

function reasonText({ flag, effect }, texts, format) {
  const name = texts.flags[flag];
  if (effect === null) return name;
  return texts[effect < 0 ? 'less' : 'more'](name, format.percent(Math.abs(effect)));
}

function updateComing({ coming, comingList }, predictions, mean, texts, format) {
  coming.hidden = predictions.length === 0;
  comingList.replaceChildren(...predictions.map((prediction) => comingItem(prediction, mean, texts, format)));
}

function comingItem(prediction, mean, texts, format) {
  const flags = (prediction.calendar ?? []).filter((flag) => flag in texts.flags).map((flag) => texts.flags[flag]);
  const day = textElement('span', format.weekSession(prediction.session), 'forecast-day');
  const numbers = elementWith('span', [textElement('strong', format.long(prediction.volume))], 'forecast-numbers');
  const fraction = changeFrom(mean, prediction.volume);
  if (fraction !== null) {
    const hidden = textElement('span', ` ${texts.meanHead}`, 'visually-hidden');
    numbers.append(' ', elementWith('span', [format.change(fraction), hidden], 'forecast-change'));
  }
  const item = elementWith('li', [day, ' ', numbers]);
  if (flags.length > 0) item.append(' ', textElement('span', flags.join(', '), 'forecast-flags'));
  return item;
}

// GET /model is asked again and again, and its answers are usually equal.
function areEqual(one, other) {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

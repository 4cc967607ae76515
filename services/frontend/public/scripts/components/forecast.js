// The top of a result: the next session's volume and range, then later sessions. Of a forecast
// without reasons, it shows the usual effects of the session's flags.

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
    const before = shown;
    shown = { answer, ticker, language, effects };
    if (!answer || areEqual(shown, before)) return;
    const texts = language.texts(TEXTS);
    fillTexts(root, texts);
    warnings.update(answer.input.warnings, texts, language);
    if (isByRow(answer)) {
      updateRows(parts, predictionsOf(answer, ticker), ticker, texts, language.format);
    } else {
      const [next, ...others] = predictionsOf(answer, ticker);
      const mean = recentMean(next, recordOf(answer, ticker));
      updateNext(parts, next, ticker, mean, texts, language.format);
      const flags = next.reasons ? null : reasonsOf(next, effects);
      updateReasons(parts, flags, texts, language.format);
      updateComing(parts, others, mean, texts, language.format);
    }
  }

  return { update };
}

function updateRows(parts, predictions, ticker, texts, format) {
  const { eyebrow, volume, unit, change, range, past, why, coming } = parts;
  change.hidden = past.hidden = why.hidden = coming.hidden = true;
  const { lowest, highest } = extent(predictions);
  const rows = format.counted(predictions.length, texts.rows);
  const isOne = predictions.length === 1;
  setText(eyebrow, ticker === null ? rows : `${isolated(ticker)}: ${rows}`);
  const [low, high] = [lowest, highest].map(format.long);
  setText(volume, isOne ? low : texts.lowToHigh(low, high));
  setText(unit, isInMillions(highest) ? texts.sharesOfMillions : texts.shares);
  setText(range, isOne ? '' : texts.rowRange);
}

function updateNext(parts, next, ticker, mean, texts, format) {
  const { eyebrow, volume, unit, change, range, past } = parts;
  const session = format.longSession(next.session);
  setText(eyebrow, ticker === null ? texts.next(session) : texts.nextOf(isolated(ticker), session));
  setText(volume, format.long(next.volume));
  setText(unit, isInMillions(next.volume) ? texts.sharesOfMillions : texts.shares);
  change.hidden = mean === null;
  const fraction = changeFrom(mean, next.volume);
  if (fraction !== null) setText(change, changeText(fraction, mean, texts, format));
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
  const known = found.filter(({ flag }) => flag in texts.flags);
  const items = known.map((reason) => reasonText(reason, texts, format));
  if (items.length === 0) items.push(texts.ordinary);
  reasons.replaceChildren(...items.map((text) => textElement('li', text)));
}

function reasonText({ flag, effect }, texts, format) {
  const name = texts.flags[flag];
  if (effect === null) return name;
  return texts[effect < 0 ? 'less' : 'more'](name, format.percent(Math.abs(effect)));
}

function updateComing({ coming, comingList }, predictions, mean, texts, format) {
  coming.hidden = predictions.length === 0;
  const items = predictions.map((prediction) => comingItem(prediction, mean, texts, format));
  comingList.replaceChildren(...items);
}

function comingItem(prediction, mean, texts, format) {
  const flags = (prediction.calendar ?? []).map((flag) => texts.flags[flag]).filter(Boolean);
  const day = textElement('span', format.weekSession(prediction.session), 'forecast-day');
  const volume = textElement('strong', format.long(prediction.volume));
  const numbers = elementWith('span', [volume], 'forecast-numbers');
  const fraction = changeFrom(mean, prediction.volume);
  if (fraction !== null) {
    const hidden = textElement('span', ` ${texts.meanHead}`, 'visually-hidden');
    numbers.append(' ', elementWith('span', [format.change(fraction), hidden], 'forecast-change'));
  }
  const item = elementWith('li', [day, ' ', numbers]);
  if (flags.length > 0) item.append(' ', textElement('span', flags.join(', '), 'forecast-flags'));
  return item;
}

// Each poll of GET /model gives new objects, although the effects are usually equal.
function areEqual({ effects, ...one }, { effects: others, ...other }) {
  if (Object.keys(one).some((key) => one[key] !== other[key])) return false;
  return effects === others || JSON.stringify(effects) === JSON.stringify(others);
}

// The head of a result: the next session's volume, its range and why, then the sessions after it.

import { isInMillions } from '../lib/format.js';
import { changeFrom, isPast, reasonsOf, recentMean } from '../state/headline.js';
import { fillTexts, inLanguage, partsOf, setText, elementWith, textElement } from '../lib/markup.js';
import { isolated } from '../lib/names.js';
import { answeredFile } from '../state/queue.js';
import { extent, isByRow, predictionsOf, recordOf } from '../chart/series.js';
import * as TEXTS from '../texts/forecast.js';

const OPEN_WARNINGS = 2; // more of them would push the answer down
// With one of these the forecast is worth less than it seems.
const SERIOUS = new Set([
  'rows_sparse', 'rows_weekly', 'rows_monthly', 'history_outside_training', 'file_outside_training', 'windows_outside_training',
  'dates_not_sessions',
]);

export function Forecast() {
  const root = document.querySelector('.forecast');
  const { warnings, warningsTitle, warningsList, eyebrow, volume, unit, change, range, past, why, reasons, coming, comingList } = partsOf(root);
  let shown = {};

  function update(state) {
    const { ticker, language, service } = state;
    const answer = answeredFile(state)?.answer;
    const effects = service.model?.calendar_effects ?? shown.effects;
    const same = answer === shown.answer && ticker === shown.ticker && language === shown.language && sameEffects(effects, shown.effects);
    if (!answer || same) return;
    const isNew = answer.input !== shown.answer?.input;
    shown = { answer, ticker, language, effects };
    const texts = language.texts(TEXTS);
    fillTexts(root, texts);
    updateWarnings(answer.input.warnings, isNew, texts);
    if (isByRow(answer)) updateRows(predictionsOf(answer, ticker), texts);
    else updateSessions(predictionsOf(answer, ticker), recentMean(recordOf(answer, ticker)), texts);
  }

  function updateWarnings(messages, isNew, texts) {
    const { language } = shown;
    warnings.hidden = messages.length === 0;
    if (isNew) warnings.open = messages.length <= OPEN_WARNINGS || messages.some(({ code }) => SERIOUS.has(code));
    setText(warningsTitle, language.format.counted(messages.length, texts.warnings));
    warningsList.replaceChildren(...messages.map((message) => {
      const { text, lang } = language.messages.text(message, message.text);
      return inLanguage(textElement('li', text), lang, language.tag);
    }));
  }

  function updateRows(predictions, texts) {
    const { format } = shown.language;
    const { lowest, highest } = extent(predictions);
    const rows = format.counted(predictions.length, texts.rows);
    const { ticker } = shown;
    setText(eyebrow, ticker === null ? rows : `${isolated(ticker)}: ${rows}`);
    setText(volume, predictions.length === 1 ? format.long(lowest) : texts.lowToHigh(format.long(lowest), format.long(highest)));
    setText(unit, isInMillions(highest) ? texts.sharesOfMillions : texts.shares);
    setText(range, predictions.length === 1 ? '' : texts.rowRange);
    change.hidden = past.hidden = why.hidden = coming.hidden = true;
  }

  function updateSessions([next, ...others], mean, texts) {
    const { language: { format }, ticker } = shown;
    const session = format.longSession(next.session);
    setText(eyebrow, ticker === null ? texts.next(session) : texts.nextOf(isolated(ticker), session));
    setText(volume, format.long(next.volume));
    setText(unit, isInMillions(next.volume) ? texts.sharesOfMillions : texts.shares);
    change.hidden = mean === null;
    if (mean !== null) setText(change, changeText(changeFrom(mean, next.volume), mean, texts));
    setText(range, texts.range(format.long(next.lower_80), format.long(next.upper_80)));
    past.hidden = !isPast(next.session, new Date());
    setText(past, texts.past);
    updateReasons(reasonsOf(next, shown.effects), texts);
    coming.hidden = others.length === 0;
    comingList.replaceChildren(...others.map((prediction) => comingItem(prediction, mean, texts)));
  }

  function updateReasons(found, texts) {
    why.hidden = !found;
    if (!found) return;
    const known = found.filter(({ flag }) => flag in texts.flags).map((reason) => reasonText(reason, texts));
    reasons.replaceChildren(...(known.length > 0 ? known : [texts.ordinary]).map((text) => textElement('li', text)));
  }

  function changeText(fraction, mean, texts) {
    const { format } = shown.language;
    const said = format.percent(Math.abs(fraction));
    return said === format.percent(0) ? texts.same(format.long(mean)) : texts[fraction < 0 ? 'below' : 'above'](said, format.long(mean));
  }

  function reasonText({ flag, effect }, texts) {
    const name = texts.flags[flag];
    if (effect === null) return name;
    return texts[effect < 0 ? 'less' : 'more'](name, shown.language.format.percent(Math.abs(effect)));
  }

  function comingItem(prediction, mean, texts) {
    const { format } = shown.language;
    const flags = (prediction.calendar ?? []).filter((flag) => flag in texts.flags).map((flag) => texts.flags[flag]);
    const day = textElement('span', format.weekSession(prediction.session), 'forecast-day');
    const figures = elementWith('span', [textElement('strong', format.long(prediction.volume))], 'forecast-figures');
    const fraction = changeFrom(mean, prediction.volume);
    if (fraction !== null) {
      const spoken = textElement('span', ` ${texts.meanHead}`, 'visually-hidden');
      figures.append(' ', elementWith('span', [format.change(fraction), spoken], 'forecast-change'));
    }
    const item = elementWith('li', [day, ' ', figures]);
    if (flags.length > 0) item.append(' ', textElement('span', flags.join(', '), 'forecast-flags'));
    return item;
  }

  return { update };
}

// GET /model is asked again and again: an equal answer is no news.
function sameEffects(one, other) {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

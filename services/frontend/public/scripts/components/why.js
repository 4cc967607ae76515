// Why a forecast differs from the usual volume: what each part of the model adds, as sentences and
// as a waterfall of bars.

import { waterfall } from '../chart/waterfall.js';
import { elementWith, fillTexts, partsOf, setText, textElement } from '../lib/markup.js';
import { isByRow, predictionsOf } from '../state/answer.js';
import { answeredFile } from '../state/queue.js';
import { amountsOf, stepsOf } from '../state/reasons.js';
import * as FORECAST from '../texts/forecast.js';
import * as TEXTS from '../texts/why.js';

const MIN_DUE = 0.03; // a smaller change of a report is no sign that one is due

export function Why() {
  const root = document.querySelector('.why');
  const parts = partsOf(root);
  let shown = {};
  let chosen = 0; // the position of the session among those that are forecast
  parts.sessions.addEventListener('change', ({ target }) => {
    chosen = Number(target.value);
    explain();
  });

  function update(state) {
    const { language, ticker } = state;
    const answer = answeredFile(state)?.answer;
    if (!answer) return;
    const predictions = explained(answer, ticker);
    root.hidden = predictions.length === 0;
    if (answer.predictions !== shown.all) chosen = 0;
    const next = { all: answer.predictions, ticker, language };
    const isSame = Object.keys(next).every((key) => next[key] === shown[key]);
    shown = { ...next, predictions, texts: textsOf(language) };
    if (isSame || root.hidden) return;
    chosen = Math.min(chosen, predictions.length - 1);
    fillTexts(root, shown.texts);
    showSessions(parts, predictions, chosen, language.format);
    explain();
  }

  function explain() {
    const { predictions, texts, language: { format } } = shown;
    const prediction = predictions[chosen];
    setText(parts.title, texts.title(format.longSession(prediction.session)));
    const rows = rowsOf(prediction, texts, format);
    const bars = waterfall(rows);
    parts.steps.replaceChildren(...rows.map((row, index) => item(row, bars[index], texts)));
  }

  return { update };
}

// The forecasts that have reasons. Rows of windows have no session to choose.
function explained(answer, ticker) {
  return isByRow(answer) ? [] : predictionsOf(answer, ticker).filter(({ reasons }) => reasons);
}

function textsOf(language) {
  return { ...language.texts(TEXTS), flags: language.texts(FORECAST).flags };
}

function showSessions({ choice, sessions }, predictions, chosen, format) {
  choice.hidden = predictions.length === 1;
  sessions.replaceChildren(...predictions.map(({ session }, index) => {
    const radio = document.createElement('input');
    Object.assign(radio, { type: 'radio', name: 'why-session', value: index, className: 'visually-hidden' });
    radio.checked = index === chosen;
    return elementWith('label', [radio, textElement('span', format.weekSession(session))]);
  }));
}

// The lines of the panel: [{ text, shares, from, to, isTotal }], the first and last of them totals.
// The shares add up as they are shown.
export function rowsOf({ volume, reasons }, texts, format) {
  const { usual_volume: usual } = reasons;
  const steps = stepsOf(reasons, volume, (of) => nameOf(of, 1, texts) !== undefined);
  const { unit, changes, ...totals } = amountsOf(usual, steps, volume);
  const rest = steps.length > 1 ? texts.other : texts.small;
  const total = (text, count, to) => (
    { text, shares: format.amount(count, unit), from: 0, to, isTotal: true }
  );
  const rows = steps.map(({ of, change, from, to }, index) => ({
    text: of === null
      ? restText(rest, change, texts, format)
      : texts.line(nameOf(of, change, texts), format.change(change)),
    shares: format.amountChange(changes[index], unit),
    from,
    to,
    isTotal: false,
  }));
  return [
    total(texts.usual, totals.usual, usual),
    ...rows.filter((_, index) => steps[index].of !== null || changes[index] !== 0),
    total(texts.line(texts.forecast, format.change(volume / usual - 1)), totals.forecast, volume),
  ];
}

// The rest may be some shares, but less than half a percent.
function restText(name, change, texts, format) {
  const percent = format.change(change);
  return percent === format.change(0) ? name : texts.line(name, percent);
}

// A newer API may have parts that this page doesn't know; they have no name.
function nameOf(of, change, texts) {
  if (of === 'reports') return change >= MIN_DUE ? texts.reportDue : texts.reports;
  const parts = change < 0 ? texts.less : texts.more;
  return parts[of] ?? texts.flags[of] ?? texts.weekdays[of];
}

function item({ text, shares, isTotal }, bar, texts) {
  const unit = textElement('span', ` ${texts.shares}`, 'visually-hidden');
  const number = elementWith('span', [shares, unit], 'why-shares');
  const name = textElement(isTotal ? 'strong' : 'span', text, 'why-name');
  return elementWith('li', [name, ' ', bar, number]);
}

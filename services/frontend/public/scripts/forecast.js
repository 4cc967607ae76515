// The head of a result: the next session's volume, its range, and the record on the user's own data.

import { fillTexts, partsOf, say } from './markup.js';
import { extent, isByRow, predictionsOf, recordOf } from './series.js';

const TEXTS = {
  title: (name) => `Forecast from ${name}`,
  warnings: 'Warnings about the file',
  next: (session) => `Next session, ${session}`,
  nextOf: (ticker, session) => `${ticker}, ${session}`,
  unit: 'shares',
  range: (low, high) => `80% range: ${low} to ${high}`,
  rows: (count) => `${count} forecasts, one a row`,
  lowToHigh: (low, high) => `${low} to ${high}`,
  rowRange: 'From the lowest row to the highest',
  recordTitle: 'How good on your data',
  error: 'typical error',
  better: 'less error than repeating the last volume',
  worse: 'more error than repeating the last volume',
  held: 'of volumes fell inside the 80% range',
  record: (sessions) => `From forecasts of the last ${sessions} sessions in this file, each made one session ahead and compared with what then traded.`,
};

export function Forecast({ format }) {
  const root = document.querySelector('.forecast');
  const { title, warnings, eyebrow, volume, unit, range, record, facts, recordNote } = partsOf(root);
  fillTexts(root, TEXTS);
  let shown = {};

  function update({ result, ticker: selected }) {
    if (!result || (result === shown.result && selected === shown.selected)) return;
    shown = { result, selected };
    say(title, TEXTS.title(result.fileName));
    updateWarnings(result.answer.input.warnings);
    updateNext(result.answer, selected);
    updateRecord(recordOf(result.answer, selected));
  }

  function updateWarnings(texts) {
    warnings.hidden = texts.length === 0;
    warnings.replaceChildren(...texts.map((text) => withText('li', text)));
  }

  function updateNext(answer, selected) {
    const predictions = predictionsOf(answer, selected);
    if (isByRow(answer)) {
      const { lowest, highest } = extent(predictions);
      say(eyebrow, TEXTS.rows(format.whole(predictions.length)));
      say(volume, TEXTS.lowToHigh(format.long(lowest), format.long(highest)));
      say(unit, TEXTS.unit);
      say(range, TEXTS.rowRange);
      return;
    }
    const [next] = predictions;
    const session = format.longSession(next.session);
    say(eyebrow, selected === null ? TEXTS.next(session) : TEXTS.nextOf(selected, session));
    say(volume, format.long(next.volume));
    say(unit, TEXTS.unit);
    say(range, TEXTS.range(format.long(next.lower_80), format.long(next.upper_80)));
  }

  function updateRecord(evidence) {
    record.hidden = !evidence;
    if (!evidence) return;
    facts.replaceChildren(...factsOf(evidence).map(fact));
    say(recordNote, TEXTS.record(format.whole(evidence.sessions)));
  }

  // Too short a history leaves a figure out: it is then not shown, rather than shown as nought.
  function factsOf({ mape, skill_vs_naive: skill, coverage_80: coverage }) {
    const known = (value) => typeof value === 'number';
    return [
      known(mape) && [format.percent(mape), TEXTS.error],
      known(skill) && [format.percent(Math.abs(skill)), skill < 0 ? TEXTS.worse : TEXTS.better],
      known(coverage) && [format.percent(coverage), TEXTS.held],
    ].filter(Boolean);
  }

  return { update };
}

function fact([number, words]) {
  const pair = document.createElement('div');
  pair.append(withText('dt', words), withText('dd', number));
  return pair;
}

function withText(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

// The numbers of the selected session, above the plot and as the value of its slider.

import { setText } from '../lib/markup.js';

export function ReadOut(parts) {
  const { plot, readSession, readActual, readActualField, readPredicted, readBand } = parts;
  let shown = {};

  function update({ lines, language, texts, selected }) {
    if (lines === shown.lines && language === shown.language && selected === shown.selected) return;
    shown = { lines, language, selected };
    const whole = (line) => language.format.whole(line[selected]);
    const name = sessionName(selected, { lines, language, texts });
    const session = lines.changes.includes(selected) ? texts.newModel(name) : name;
    const actual = lines.actual[selected] === null ? null : whole(lines.actual);
    const predicted = whole(lines.predicted);
    const band = texts.fromTo(whole(lines.lower), whole(lines.upper));
    setText(readSession, session);
    readActualField.hidden = actual === null;
    setText(readActual, actual ?? '');
    setText(readPredicted, predicted);
    setText(readBand, band);
    plot.setAttribute('aria-valuemax', lines.sessions.length);
    plot.setAttribute('aria-valuenow', selected + 1);
    plot.setAttribute('aria-valuetext', [
      session,
      actual !== null && texts.read(texts.actual, actual),
      texts.read(texts.predicted, predicted),
      texts.read(texts.band, band),
    ].filter(Boolean).join(', '));
  }

  return { update };
}

export function sessionName(index, { lines, language: { format }, texts }) {
  const session = lines.sessions[index];
  if (!lines.byRow) return format.longSession(session);
  const day = lines.dates[index];
  return [texts.row(format.whole(session)), day && format.longSession(day)].filter(Boolean).join(', ');
}

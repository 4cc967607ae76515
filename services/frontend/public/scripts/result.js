// The frame of a result: shown once there is one, dimmed while the next is awaited, signed by its model.

import { say } from './markup.js';

const TEXTS = {
  model: (version, trained) => `Model ${version}, trained ${trained}.`,
  rows: (rows) => `${rows} rows read.`,
};

export function Result({ format }) {
  const root = document.querySelector('.result');
  const model = root.querySelector('.result-model');

  function update({ result, sending }) {
    root.hidden = !result;
    root.setAttribute('aria-busy', String(Boolean(sending)));
    if (!result) return;
    const { version, trained_at: trained } = result.answer.model;
    say(model, `${TEXTS.rows(format.whole(result.answer.input.rows))} ${TEXTS.model(version, format.moment(trained))}`);
  }

  return { update };
}

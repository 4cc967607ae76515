// What a file should look like. Shown until there is a result, and when a file could not be used.

import { fillTexts, partsOf, setText } from '../lib/markup.js';
import { answeredFile, shownFile } from '../state/queue.js';
import * as TEXTS from '../texts/guide.js';

const SESSIONS_BEFORE = 1; // the window's first return is from the session before it

export function Guide() {
  const root = document.querySelector('.guide');
  // A wide screen has room for it.
  root.open = matchMedia('(min-width: 48rem)').matches;
  const { length } = partsOf(root);
  let wasAnswered = false;

  function update(state) {
    const { service: { model }, language } = state;
    const texts = language.texts(TEXTS);
    fillTexts(root, texts);
    length.hidden = !model; // the last line, so nothing moves when it appears
    if (model) setText(length, texts.length(language.format.whole(model.window + SESSIONS_BEFORE)));
    const isAnswered = Boolean(answeredFile(state));
    root.hidden = isAnswered && !shownFile(state)?.problem;
    if (isAnswered && !wasAnswered) root.open = false; // makes room for the result
    wasAnswered = isAnswered;
  }

  return { update };
}

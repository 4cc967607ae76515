// What a file should look like, for those who have none yet or whose file was refused.

import { fillTexts, partsOf, setText } from '../lib/markup.js';
import { answeredFile, shownFile } from '../state/queue.js';
import * as TEXTS from '../texts/guide.js';

const SESSIONS_BEFORE = 1; // the window's first return is from the session before it

export function Guide() {
  const root = document.querySelector('.guide');
  // On a wide screen there is room to show it at once.
  root.open = matchMedia('(min-width: 48rem)').matches;
  const { length } = partsOf(root);
  let wasAnswered = false;

  function update(state) {
    const { service: { model }, language } = state;
    const texts = language.texts(TEXTS);
    fillTexts(root, texts);
    length.hidden = !model; // the last line: nothing moves when it comes
    if (model) setText(length, texts.length(language.format.whole(model.window + SESSIONS_BEFORE)));
    const isAnswered = Boolean(answeredFile(state));
    root.hidden = isAnswered && !shownFile(state)?.problem;
    if (isAnswered && !wasAnswered) root.open = false; // from now on a result wants the room
    wasAnswered = isAnswered;
  }

  return { update };
}

// What a file should look like, for those who have none yet or whose file was refused.

import { fillTexts } from './markup.js';
import { answeredFile, shownFile } from './queue.js';
import * as TEXTS from './texts/guide.js';

export function Guide() {
  const root = document.querySelector('.guide');
  // On a wide screen there is room to show it at once.
  root.open = matchMedia('(min-width: 48rem)').matches;
  let wasAnswered = false;

  function update(state) {
    fillTexts(root, state.language.texts(TEXTS));
    const isAnswered = Boolean(answeredFile(state));
    root.hidden = isAnswered && !shownFile(state)?.problem;
    if (isAnswered && !wasAnswered) root.open = false; // from now on a result wants the room
    wasAnswered = isAnswered;
  }

  return { update };
}

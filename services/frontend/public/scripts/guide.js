// What a file should look like, for those who have none yet or whose file was refused.

import { fillTexts } from './markup.js';
import { answeredFile, shownFile } from './queue.js';
import * as TEXTS from './texts/guide.js';

export function Guide() {
  const root = document.querySelector('.guide');
  // On a wide screen there is room to show it at once.
  root.open = matchMedia('(min-width: 48rem)').matches;

  function update(state) {
    fillTexts(root, state.language.texts(TEXTS));
    root.hidden = Boolean(answeredFile(state)) && !shownFile(state)?.problem;
  }

  return { update };
}

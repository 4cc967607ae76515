// What a file should look like, for those who have none yet or whose file was refused.

import { fillTexts } from './markup.js';

const TEXTS = {
  title: 'What the file should look like',
  history: 'One row a session, with these columns in any order; Ticker is optional, other columns are ignored.',
  example: 'An example of the file',
  dialect: 'Commas with decimal points and ISO dates, or semicolons with decimal commas and DD/MM/YYYY. A file of ready-made features, as the training pipeline writes it, works too.',
  sample: 'Download the sample file',
};

export function Guide() {
  const root = document.querySelector('.guide');
  fillTexts(root, TEXTS);
  // On a wide screen there is room to show it at once.
  root.open = matchMedia('(min-width: 48rem)').matches;

  function update({ result, problem }) {
    root.hidden = Boolean(result) && !problem;
  }

  return { update };
}

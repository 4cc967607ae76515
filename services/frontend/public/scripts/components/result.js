// The frame of a result: its title, and the model that made it.

import { fillTexts, partsOf, setText } from '../lib/markup.js';
import { answeredFile, isUnderWay, shownFile } from '../state/queue.js';
import { isNewer } from '../state/service.js';
import * as TEXTS from '../texts/result.js';

export function Result({ onAgain }) {
  const root = document.querySelector('.result');
  const head = root.querySelector('.result-head');
  const newer = root.querySelector('.result-newer');
  const model = root.querySelector('.result-model');
  const announcement = root.querySelector('.result-announcement');
  const { title, newerText, again } = partsOf(head);
  let file = null;
  again.addEventListener('click', () => {
    onAgain(file.id);
    title.focus(); // the focused button disappears
  });

  function update(state) {
    const { service, language } = state;
    file = answeredFile(state);
    root.hidden = !file;
    if (!file) return;
    const shown = shownFile(state);
    root.setAttribute('aria-busy', String(Boolean(shown && isUnderWay(shown))));
    const texts = language.texts(TEXTS);
    const { version, trained_at: trained } = file.answer.model;
    fillTexts(newer, texts);
    setText(title, texts.title(file.name));
    setText(model, `${language.format.counted(file.answer.input.rows, texts.rows)} ${texts.model(version, language.format.moment(trained))}`);
    newer.hidden = !service.model || service.model.version === version || isUnderWay(file);
    setText(newerText, newer.hidden ? '' : texts[isNewer(service.model, file.answer.model) ? 'newer' : 'older']);
    setText(announcement, newerText.textContent);
  }

  return { update };
}

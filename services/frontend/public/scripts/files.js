// The files of this visit, once there are several: what has become of each, and which one is shown.

import { fillTexts, partsOf, say, withText } from './markup.js';
import { isUnderWay } from './queue.js';
import * as TEXTS from './texts/files.js';

export function Files({ onShow, onRemove, onLast }) {
  const root = document.querySelector('.files');
  const { list } = partsOf(root);
  const items = new Map(); // by the file's id: they stay, so that the focus does, too

  function update({ files, shown, language }) {
    const texts = language.texts(TEXTS);
    fillTexts(root, texts);
    root.hidden = files.length < 2;
    for (const id of items.keys()) if (!files.some((file) => file.id === id)) items.delete(id);
    const wanted = files.map((file) => {
      if (!items.has(file.id)) items.set(file.id, Item(file.id));
      const item = items.get(file.id);
      item.update(file, file.id === shown, texts, language.format);
      return item.element;
    });
    if (wanted.length !== list.children.length || wanted.some((element, index) => element !== list.children[index])) list.replaceChildren(...wanted);
  }

  function Item(id) {
    const element = document.createElement('li');
    const show = withText('button', '', 'files-show');
    const remove = withText('button', '×', 'files-remove');
    const name = withText('span', '', 'files-name');
    const state = withText('span', '', 'files-state');
    show.type = remove.type = 'button';
    show.append(name, state);
    show.addEventListener('click', () => onShow(id));
    remove.addEventListener('click', () => {
      const beside = element.nextElementSibling ?? element.previousElementSibling;
      onRemove(id);
      if (root.hidden) onLast();
      else if (!element.isConnected) beside.querySelector('.files-remove').focus();
    });
    element.append(show, remove);
    return {
      element,
      update(file, isShown, texts, format) {
        element.dataset.phase = file.phase;
        show.setAttribute('aria-current', String(isShown));
        say(name, file.name);
        say(state, stateText(file, texts, format));
        remove.setAttribute('aria-label', isUnderWay(file) ? texts.cancel(file.name) : texts.remove(file.name));
        remove.title = remove.getAttribute('aria-label');
      },
    };
  }

  return { update };
}

function stateText({ phase, sent, retryIn }, texts, format) {
  if (phase === 'waiting' && retryIn !== null) return texts.retry(format.duration(retryIn));
  return phase === 'sending' ? texts.sending(format.percent(sent)) : texts[phase];
}

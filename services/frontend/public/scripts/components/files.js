// The user's files with their status. If there is only one file, the dropzone shows its status.

import { fillTexts, partsOf, setText, textElement } from '../lib/markup.js';
import { isUnderWay } from '../state/queue.js';
import { acceptsFiles } from '../state/service.js';
import { statusOf } from '../state/file_status.js';
import * as TEXTS from '../texts/files.js';

const values = {
  sending: ({ sent }, format) => format.percent(sent),
  retry: ({ retryIn }, format) => format.duration(retryIn),
  retryAway: ({ retryIn }, format) => format.duration(retryIn),
};

export function Files({ onShow, onRemove }) {
  const root = document.querySelector('.files');
  const { list } = partsOf(root);
  const items = new Map(); // by file id; elements are reused, which keeps the focus

  function update({ files, shown, service, language }) {
    const texts = language.texts(TEXTS);
    fillTexts(root, texts);
    // The dropzone itself is hidden until the first model is published.
    root.hidden = files.length < (acceptsFiles(service) ? 2 : 1);
    for (const id of items.keys()) if (!files.some((file) => file.id === id)) items.delete(id);
    const wanted = files.map((file) => {
      if (!items.has(file.id)) items.set(file.id, Item(file.id));
      const item = items.get(file.id);
      item.update(file, file.id === shown, statusOf(file, service), texts, language.format);
      return item.element;
    });
    const isSame = (element, index) => element === list.children[index];
    if (wanted.length === list.children.length && wanted.every(isSame)) return;
    list.replaceChildren(...wanted);
  }

  function Item(id) {
    const element = document.createElement('li');
    const show = textElement('button', '', 'files-show');
    const remove = textElement('button', '×', 'files-remove');
    const name = textElement('span', '', 'files-name');
    const state = textElement('span', '', 'files-state');
    show.type = remove.type = 'button';
    show.append(name, state);
    show.addEventListener('click', () => onShow(id));
    remove.addEventListener('click', () => {
      const neighbour = element.nextElementSibling ?? element.previousElementSibling;
      onRemove(id);
      if (!root.hidden && !element.isConnected) neighbour.querySelector('.files-remove').focus();
    });
    element.append(show, remove);
    return {
      element,
      update(file, isShown, key, texts, format) {
        const text = texts[key];
        element.dataset.phase = key === 'away' || key === 'asks' ? 'waiting' : file.phase;
        show.setAttribute('aria-current', String(isShown));
        setText(name, file.name);
        setText(state, typeof text === 'function' ? text(values[key](file, format)) : text);
        remove.setAttribute('aria-label', isUnderWay(file) ? texts.cancel(file.name) : texts.remove(file.name));
      },
    };
  }

  return { update };
}

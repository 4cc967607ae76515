// A notice for each delivery that is held back: why, and the commands that decide.

import { built, elementWith, inLanguage, textElement } from '../lib/markup.js';
import { isolated } from '../lib/names.js';

export function heldNotices(deliveries, texts, language) {
  return deliveries.map(({ id, name, received_at: received, reasons }) => (
    elementWith('div', [
      textElement('h2', texts.heldName(id, isolated(name))),
      elementWith('ul', reasons.map((reason) => reasonItem(reason, language))),
      textElement('p', texts.received(language.format.moment(received))),
      elementWith('dl', [
        command(texts.accept, `make accept DELIVERY=${id}`),
        command(texts.refuse, `make refuse DELIVERY=${id}`),
      ]),
    ], 'watch-notice')
  ));
}

// A reason without parameters has only the API's text.
function reasonItem(reason, { messages, tag }) {
  const english = { text: reason.text, lang: 'en' };
  const { text, lang } = reason.params ? messages.text(reason, reason.text) : english;
  return inLanguage(textElement('li', text), lang, tag);
}

function command(name, line) {
  return built('div', {}, textElement('dt', name), built('dd', {}, textElement('code', line)));
}

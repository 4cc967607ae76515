// A notice for each delivery that isn't used: why, and the commands that decide.

import { built, elementWith, inLanguage, textElement } from '../lib/markup.js';
import { isolated } from '../lib/names.js';

export function deliveryNotices({ held, unreadable }, texts, language) {
  return [
    ...held.map((delivery) => notice(delivery, texts.heldName, texts.received, [
      command(texts.accept, `make accept DELIVERY=${delivery.id}`),
      command(texts.refuse, `make refuse DELIVERY=${delivery.id}`),
    ], language)),
    ...unreadable.map((delivery) => notice(delivery, texts.unreadableName, texts.deliverAgain, [
      command(texts.dismiss, `make refuse DELIVERY=${delivery.id}`),
    ], language)),
  ];
}

function notice({ id, name, received_at: received, reasons }, title, hint, commands, language) {
  return elementWith('div', [
    textElement('h2', title(id, isolated(name))),
    elementWith('ul', reasons.map((reason) => reasonItem(reason, language))),
    textElement('p', hint(language.format.moment(received))),
    elementWith('dl', commands),
  ], 'watch-notice');
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

// The API's messages, { code, params }, in the language of the page. No DOM.

import { EN } from '../texts/messages/en.js';
import { PT_BR } from '../texts/messages/pt_br.js';
import { isolated } from './names.js';

const TEXTS = { en: EN, 'pt-BR': PT_BR };
const MAX_REMEDIES = 3;

// A date may have a comma in it.
const hasCommas = (items) => items.some((item) => item.includes(','));
const joined = (items, more) => (
  [...items, ...(more ? ['…'] : [])].join(hasCommas(items) ? '; ' : ', ')
);

const filled = (text, params) => (typeof text === 'function' ? text(params) : text);

export function createMessages(tag, format) {
  const texts = TEXTS[tag]({
    number: format.number,
    date: format.session,
    list: (items, more = false) => (
      more || hasCommas(items) ? joined(items, more) : format.list(items)
    ),
    quoted: (text) => `'${isolated(text)}'`,
    one: (count, singular, plural) => (count === 1 ? singular : plural),
  });

  // If a newer API has a code that this page doesn't know, the API's English text is shown.
  function text({ code, params }, english) {
    if (!(code in texts)) return { text: english, lang: 'en' };
    return { text: filled(texts[code].text, params), lang: tag };
  }

  function remedy({ code, params, remedy: english }) {
    if (!(code in texts)) return { text: english, lang: 'en' };
    return { text: filled(texts[code].remedy, params), lang: tag };
  }

  // The remedies of the messages: one for each code, without repetition, in the order of the
  // messages.
  function remedies(messages) {
    const codes = messages.map(({ code }) => code);
    const firsts = messages.filter(({ code }, index) => codes.indexOf(code) === index);
    const found = firsts.map(remedy).filter((each) => each.text);
    return [...new Map(found.map((each) => [each.text, each])).values()].slice(0, MAX_REMEDIES);
  }

  return { text, remedies };
}

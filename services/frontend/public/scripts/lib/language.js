// The languages of the page, and which one to start with. No DOM.

import { createFormat } from './format.js';
import { createMessages } from './messages.js';

// Each name is in its own language.
export const LANGUAGES = { en: 'English', 'pt-BR': 'Português' };

const DEFAULT = 'en';
const EXPORTS = { en: 'EN', 'pt-BR': 'PT_BR' };

// stored      the language chosen on an earlier visit, or null
// preferred   the browser's languages, the preferred one first
export function chosenLanguage(stored, preferred) {
  if (stored !== null && Object.hasOwn(LANGUAGES, stored)) return stored;
  return preferred.map(nearest).find(Boolean) ?? DEFAULT;
}

// Readers of en-GB and pt-PT get our English and Portuguese.
function nearest(tag) {
  const family = tag.toLowerCase().split('-')[0];
  return Object.keys(LANGUAGES).find((known) => known.toLowerCase().split('-')[0] === family);
}

// preferred   the browser's languages; the first variety of the page's language decides how dates
//             and numbers are written
export function createLanguage(tag, preferred = []) {
  const format = createFormat(preferred.find((other) => nearest(other) === tag) ?? tag);
  return {
    tag,
    format,
    messages: createMessages(tag, format),
    // Takes a module of texts, { EN, PT_BR }.
    texts: (byLanguage) => byLanguage[EXPORTS[tag]],
  };
}

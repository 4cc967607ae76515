// The languages of the page, and which of them to begin with. No DOM.

import { createFormat } from './format.js';
import { createMessages } from './messages.js';

// By their own names: who looks for a language knows it by that.
export const LANGUAGES = { en: 'English', 'pt-BR': 'Português' };

const DEFAULT = 'en';
const EXPORTS = { en: 'EN', 'pt-BR': 'PT_BR' };

// stored      what was chosen on this page before, or null
// preferred   the browser's languages, the dearest first
export function chosenLanguage(stored, preferred) {
  if (stored !== null && Object.hasOwn(LANGUAGES, stored)) return stored;
  return preferred.map(nearest).find(Boolean) ?? DEFAULT;
}

// en-GB reads our English, pt-PT our Portuguese: better than none of theirs.
function nearest(tag) {
  const family = tag.toLowerCase().split('-')[0];
  return Object.keys(LANGUAGES).find((known) => known.toLowerCase().split('-')[0] === family);
}

// preferred   the browser's languages: of one family with the page's, the first says how its readers write dates and numbers
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

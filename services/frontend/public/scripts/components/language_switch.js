// The list of the page's languages.

import { LANGUAGES } from '../lib/language.js';
import * as TEXTS from '../texts/language_switch.js';

export function LanguageSwitch({ onLanguage }) {
  const root = document.querySelector('.language-switch');
  root.replaceChildren(...Object.entries(LANGUAGES).map(([tag, name]) => {
    const option = new Option(name, tag);
    option.lang = tag;
    return option;
  }));
  root.addEventListener('change', () => onLanguage(root.value));

  function update({ language }) {
    root.value = language.tag;
    root.setAttribute('aria-label', language.texts(TEXTS).label);
  }

  return { update };
}

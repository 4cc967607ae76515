// The footer, and the document's language and description.

import { fillTexts } from '../lib/markup.js';
import * as TEXTS from '../texts/footer.js';

export function Footer() {
  const root = document.querySelector('.footer');
  const description = document.querySelector('meta[name="description"]');

  function update({ language }) {
    const texts = language.texts(TEXTS);
    document.documentElement.lang = language.tag;
    description.content = texts.description;
    fillTexts(root, texts);
  }

  return { update };
}

// The foot of the page, and what the document says of itself: its language and its description.

import { fillTexts } from '../lib/markup.js';
import * as TEXTS from '../texts/footer.js';

export function Footer() {
  const root = document.querySelector('.footer');
  const description = document.querySelector('meta[name="description"]');
  let shown = null;

  function update({ language }) {
    if (language === shown) return;
    shown = language;
    const texts = language.texts(TEXTS);
    document.documentElement.lang = language.tag;
    description.content = texts.description;
    fillTexts(root, texts);
  }

  return { update };
}

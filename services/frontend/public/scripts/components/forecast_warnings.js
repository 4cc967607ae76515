// What to know about a forecast: warnings, and notes about what was done with the file.

import { inLanguage, setText, textElement } from '../lib/markup.js';

const MAX_OPEN = 2; // more of them would push the forecast down
// With one of these, the forecast is worth less than it seems.
const SERIOUS = new Set([
  'rows_sparse',
  'rows_weekly',
  'rows_monthly',
  'history_outside_training',
  'file_outside_training',
  'windows_outside_training',
  'dates_not_sessions',
]);

export function ForecastWarnings({ warnings, warningsTitle, warningsList }) {
  let shown = null;

  function update(messages, texts, { messages: inWords, format, tag }) {
    warnings.hidden = messages.length === 0;
    const isSerious = messages.some(({ code }) => SERIOUS.has(code));
    if (messages !== shown) warnings.open = isSerious || messages.length <= MAX_OPEN;
    shown = messages;
    setText(warningsTitle, format.counted(messages.length, texts.warnings));
    warningsList.replaceChildren(...messages.map((message) => {
      const { text, lang } = inWords.text(message, message.text);
      return inLanguage(textElement('li', text), lang, tag);
    }));
  }

  return { update };
}

// Warnings about a forecast, and notes about what was done with the file.

import { inLanguage, setText, textElement } from '../lib/markup.js';

const MAX_OPEN = 2; // more of them would push the forecast down
// These limit how far you can trust the forecast, so the list opens.
const SERIOUS = new Set([
  'rows_sparse',
  'rows_weekly',
  'rows_monthly',
  'history_outside_training',
  'file_outside_training',
  'windows_outside_training',
  'dates_not_sessions',
  'session_unfinished',
  'quotes_left_out',
  'last_volume_small',
  'file_last_volume_small',
  'file_cut_off',
  'tickers_too_short',
  'tickers_outside_calendar',
]);

export function ForecastWarnings({ warnings, warningsTitle, warningsList }) {
  let shown = null;

  function update(found, texts, { messages, format, tag }) {
    warnings.hidden = found.length === 0;
    const isSerious = found.some(({ code }) => SERIOUS.has(code));
    if (found !== shown) warnings.open = isSerious || found.length <= MAX_OPEN;
    shown = found;
    setText(warningsTitle, format.counted(found.length, texts.warnings));
    warningsList.replaceChildren(...found.map((warning) => {
      const { text, lang } = messages.text(warning, warning.text);
      return inLanguage(textElement('li', text), lang, tag);
    }));
  }

  return { update };
}

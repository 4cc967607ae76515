// Names that come from outside: of files, and of tickers in them. No DOM.

// One with letters that are written from the right, or with marks that turn the writing round,
// stands between marks that keep it from turning what follows it.
export function isolated(name) {
  return /[\p{Script=Hebrew}\p{Script=Arabic}\p{Bidi_Control}]/u.test(name) ? `\u2068${name}\u2069` : name;
}

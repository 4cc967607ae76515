// Names that come from the user: file names and tickers. No DOM.

// A name with right-to-left letters or direction marks, isolated so that the text around it
// keeps its direction.
export function isolated(name) {
  return /[\p{Script=Hebrew}\p{Script=Arabic}\p{Bidi_Control}]/u.test(name) ? `\u2068${name}\u2069` : name;
}

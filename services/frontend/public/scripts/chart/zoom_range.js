// Which sessions the chart shows, as { first, last }, both inclusive. No DOM.

export const MIN_SESSIONS = 10;

export function whole(count) {
  return { first: 0, last: count - 1 };
}

// The last `past` sessions before `firstComing`, and all after.
export function latest(past, firstComing, count) {
  return fitted({ first: firstComing - past, last: count - 1 }, count);
}

// The nearest window within the sessions that has at least MIN_SESSIONS, or all sessions if there
// are fewer.
export function fitted({ first, last }, count) {
  const length = Math.min(Math.max(last - first + 1, MIN_SESSIONS), count);
  const middle = (first + last) / 2;
  const start = Math.min(Math.max(Math.round(middle - (length - 1) / 2), 0), count - length);
  return { first: start, last: start + length - 1 };
}

// A window with `times` as many sessions. The session `about` keeps its place or, if it is outside
// the window, the middle session does.
export function scaled(window, times, about, count) {
  const { first, last } = window;
  const length = last - first + 1;
  const wanted = Math.min(Math.max(Math.round(length * times), MIN_SESSIONS), count);
  const still = about >= first && about <= last ? about : (first + last) / 2;
  const start = Math.round(still - ((still - first) / Math.max(length - 1, 1)) * (wanted - 1));
  return fitted({ first: start, last: start + wanted - 1 }, count);
}

export function moved({ first, last }, by, count) {
  return fitted({ first: first + by, last: last + by }, count);
}

// The window, moved just far enough to show this session.
export function showing(window, index, count) {
  if (index < window.first) return moved(window, index - window.first, count);
  if (index > window.last) return moved(window, index - window.last, count);
  return window;
}

export function isWhole({ first, last }, count) {
  return first === 0 && last === count - 1;
}

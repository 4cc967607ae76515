// The buttons and keys that choose which sessions the chart shows.

import { isEnabled, setEnabled } from '../lib/markup.js';
import { isWhole, MIN_SESSIONS, moved, scaled, whole } from './zoom_range.js';

const CLOSER = 0.5;
const WIDER = 2;
const SHARE_MOVED = 0.5; // as a fraction of the sessions shown
const KEYS = { '+': CLOSER, '=': CLOSER, '-': WIDER, 0: Infinity };

// onZoom   called with the sessions to show: { first, last }
export function Zoom({ zoom, hint, plot, earlier, later, wider, closer, all }, { onZoom }) {
  let shown = null;
  on(earlier, () => move(-1));
  on(later, () => move(+1));
  on(wider, () => zoomBy(WIDER));
  on(closer, () => zoomBy(CLOSER));
  on(all, () => onZoom(whole(shown.count)));

  function on(button, act) {
    button.addEventListener('click', () => isEnabled(button) && act());
  }

  function update({ window, count, selected }) {
    shown = { window, count, selected };
    const { first, last } = window;
    zoom.hidden = hint.hidden = count <= MIN_SESSIONS;
    if (hint.hidden) plot.removeAttribute('aria-describedby');
    else plot.setAttribute('aria-describedby', hint.id);
    setEnabled(earlier, first > 0);
    setEnabled(later, last < count - 1);
    setEnabled(wider, !isWhole(window, count));
    setEnabled(closer, last - first + 1 > MIN_SESSIONS);
    setEnabled(all, !isWhole(window, count));
  }

  function move(direction) {
    const { window: { first, last }, count } = shown;
    const sessions = Math.max(1, Math.round((last - first + 1) * SHARE_MOVED));
    onZoom(moved({ first, last }, direction * sessions, count));
  }

  function zoomBy(times) {
    onZoom(scaled(shown.window, times, shown.selected, shown.count));
  }

  // Returns whether the key was handled.
  function press(key) {
    if (key in KEYS) zoomBy(KEYS[key]);
    return key in KEYS;
  }

  return { update, press };
}

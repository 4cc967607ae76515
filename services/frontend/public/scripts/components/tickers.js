// Which of a file's tickers is looked at: typed, chosen from a list, or one after the other.
// A combobox as the ARIA Authoring Practices describe it: the focus stays in the field, the list follows.

import { fillTexts, partsOf, setText } from '../lib/markup.js';
import { isOn, turnOn } from '../lib/paged_table.js';
import { answeredFile } from '../state/queue.js';
import { matching, tickersOf } from '../chart/series.js';
import * as TEXTS from '../texts/tickers.js';

const STEPS = { ArrowDown: +1, ArrowUp: -1, PageDown: +10, PageUp: -10 };

export function Tickers({ onTicker }) {
  const root = document.querySelector('.tickers');
  const { input, open, popup, list, none, back, next, place, placeOf } = partsOf(root);
  let shown = {};
  let texts = null;
  let tickers = [];
  let found = []; // what the list holds while it is open
  let active = -1; // which of the found ones the arrow keys stand on

  input.addEventListener('focus', () => input.select());
  input.addEventListener('input', () => show(matching(tickers, input.value), 0));
  input.addEventListener('keydown', moveByKey);
  input.addEventListener('blur', close);
  // A pointer in the list must not take the focus from the field.
  popup.addEventListener('pointerdown', (event) => event.preventDefault());
  popup.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const option = event.target.closest('[role=option]');
    if (option) choose(found[[...list.children].indexOf(option)]);
  });
  open.addEventListener('mousedown', (event) => event.preventDefault());
  open.addEventListener('click', () => {
    const wasOpen = isOpen();
    input.focus();
    if (wasOpen) close();
    else showAll();
  });
  back.addEventListener('click', () => isOn(back) && step(-1));
  next.addEventListener('click', () => isOn(next) && step(+1));

  function update(state) {
    const answer = answeredFile(state)?.answer;
    const { language, ticker } = state;
    if (!answer || (tickersOf(answer) === tickers && language === shown.language && ticker === shown.ticker)) return;
    if (language !== shown.language) {
      texts = language.texts(TEXTS);
      fillTexts(root, texts);
    }
    shown = { language, ticker };
    tickers = tickersOf(answer);
    root.hidden = tickers.length < 2;
    turnOn(back, tickers[0] !== ticker);
    turnOn(next, tickers.at(-1) !== ticker);
    close();
  }

  function isOpen() {
    return !popup.hidden;
  }

  function show(names, at) {
    found = names;
    list.replaceChildren(...names.map(option));
    popup.hidden = false;
    list.hidden = names.length === 0;
    none.hidden = names.length > 0;
    setText(none, texts.none(input.value));
    for (const control of [input, open]) control.setAttribute('aria-expanded', String(names.length > 0));
    const { format } = shown.language;
    setText(placeOf, '');
    setText(place, format.counted(names.length, texts.found, format.whole(tickers.length)));
    stand(Math.min(at, names.length - 1));
  }

  function showAll() {
    show(tickers, tickers.indexOf(shown.ticker));
  }

  // Without a choice, the field says again what is looked at.
  function close() {
    popup.hidden = true;
    list.replaceChildren();
    for (const control of [input, open]) control.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
    input.value = shown.ticker ?? '';
    const { format } = shown.language;
    setText(placeOf, shown.ticker === null ? '' : `${shown.ticker}, `); // who sees the field reads it there
    setText(place, texts.place(format.whole(tickers.indexOf(shown.ticker) + 1), format.whole(tickers.length)));
  }

  function stand(at) {
    list.children[active]?.setAttribute('aria-selected', 'false');
    active = at;
    const item = list.children[at];
    if (!item) return input.removeAttribute('aria-activedescendant');
    item.setAttribute('aria-selected', 'true');
    input.setAttribute('aria-activedescendant', item.id);
    // scrollIntoView would move the page, too.
    const lowest = item.offsetTop;
    const highest = item.offsetTop + item.offsetHeight - list.clientHeight;
    list.scrollTop = Math.min(Math.max(list.scrollTop, highest), lowest);
  }

  function choose(ticker) {
    if (ticker === undefined || ticker === shown.ticker) close();
    else onTicker(ticker);
    input.select();
  }

  function step(by) {
    onTicker(tickers[tickers.indexOf(shown.ticker) + by]);
  }

  function moveByKey(event) {
    const { key, altKey } = event;
    if (key === 'Enter' && isOpen()) choose(found[active]);
    else if (key === 'Escape' && isOpen()) close();
    else if (key === 'ArrowUp' && altKey) close();
    else if (key in STEPS && !isOpen()) showAll();
    else if (key in STEPS) stand(Math.min(Math.max(active + STEPS[key], 0), found.length - 1));
    else return;
    event.preventDefault();
  }

  function option(ticker, index) {
    const item = document.createElement('li');
    item.id = `tickers-option-${index}`;
    item.setAttribute('role', 'option');
    item.setAttribute('aria-selected', 'false');
    item.toggleAttribute('data-current', ticker === shown.ticker);
    item.textContent = ticker;
    return item;
  }

  return { update };
}

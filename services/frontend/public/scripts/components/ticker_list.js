// The field to type a ticker into, and the list that it opens.
// A combobox as the ARIA Authoring Practices describe it: the focus stays in the field.

import { matching } from '../state/answer.js';
import { setText } from '../lib/markup.js';

const STEPS = { ArrowDown: +1, ArrowUp: -1, PageDown: +10, PageUp: -10 };

// onFound   called with the number of tickers in the open list
export function TickerList({ input, open, popup, list, none }, { onChoose, onFound, onClose }) {
  let shown = { tickers: [], ticker: null, texts: null };
  let found = []; // the tickers in the open list
  let active = -1; // the index of the highlighted one
  const chooseAt = (index) => choose(found[index]);
  listen({ input, open, popup, list }, { show, showAll, close, isOpen, chooseAt, moveByKey });

  function update(next) {
    shown = next;
    close();
  }

  function isOpen() {
    return !popup.hidden;
  }

  function show(tickers = matching(shown.tickers, input.value), at = 0) {
    found = tickers;
    const items = found.map((ticker, index) => option(ticker, index, ticker === shown.ticker));
    list.replaceChildren(...items);
    popup.hidden = false;
    list.hidden = found.length === 0;
    none.hidden = found.length > 0;
    setText(none, shown.texts.none(input.value));
    for (const control of [input, open]) control.setAttribute('aria-expanded', String(found.length > 0));
    onFound(found.length);
    moveTo(Math.min(at, found.length - 1));
  }

  function showAll() {
    show(shown.tickers, shown.tickers.indexOf(shown.ticker));
  }

  // If nothing was chosen, the field shows the page's ticker again.
  function close() {
    popup.hidden = true;
    list.replaceChildren();
    for (const control of [input, open]) control.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
    input.value = shown.ticker ?? '';
    onClose();
  }

  function moveTo(index) {
    select(list, input, active, index);
    active = index;
  }

  function choose(ticker) {
    if (ticker === undefined || ticker === shown.ticker) close();
    else onChoose(ticker);
    input.select();
  }

  // Returns whether the key was handled.
  function moveByKey({ key, altKey }) {
    if (key === 'Enter' && isOpen()) choose(found[active]);
    else if ((key === 'Escape' && isOpen()) || (key === 'ArrowUp' && altKey)) close();
    else if (key in STEPS && !isOpen()) showAll();
    else if (key in STEPS) moveTo(Math.min(Math.max(active + STEPS[key], 0), found.length - 1));
    else return false;
    return true;
  }

  return { update };
}

function listen(parts, { show, showAll, close, isOpen, chooseAt, moveByKey }) {
  const { input, open, popup, list } = parts;
  input.addEventListener('focus', () => input.select());
  input.addEventListener('input', () => show());
  input.addEventListener('keydown', (event) => moveByKey(event) && event.preventDefault());
  input.addEventListener('blur', close);
  // A pointer in the list must not take the focus from the field.
  popup.addEventListener('pointerdown', (event) => event.preventDefault());
  popup.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const item = event.target.closest('[role=option]');
    if (item) chooseAt([...list.children].indexOf(item));
  });
  open.addEventListener('mousedown', (event) => event.preventDefault());
  open.addEventListener('click', () => {
    const wasOpen = isOpen();
    input.focus();
    if (wasOpen) close();
    else showAll();
  });
}

function select(list, input, before, index) {
  list.children[before]?.setAttribute('aria-selected', 'false');
  const item = list.children[index];
  if (!item) return input.removeAttribute('aria-activedescendant');
  item.setAttribute('aria-selected', 'true');
  input.setAttribute('aria-activedescendant', item.id);
  // scrollIntoView would move the page, too.
  const lowest = item.offsetTop;
  const highest = item.offsetTop + item.offsetHeight - list.clientHeight;
  list.scrollTop = Math.min(Math.max(list.scrollTop, highest), lowest);
}

function option(ticker, index, isCurrent) {
  const item = document.createElement('li');
  item.id = `tickers-option-${index}`;
  item.setAttribute('role', 'option');
  item.setAttribute('aria-selected', 'false');
  item.toggleAttribute('data-current', isCurrent);
  item.textContent = ticker;
  return item;
}

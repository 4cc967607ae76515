// The form to paste a table into, which a button opens.

import { fileOf } from '../state/queue.js';

// onText   called with the text; returns the id of its file
export function PasteForm({ paste, pasting, pasted, close }, { onText }) {
  let sent = null; // the text that is being forecast: { id, text }
  paste.addEventListener('click', () => show(pasting.hidden));
  close.addEventListener('click', () => show(false));
  pasting.addEventListener('keydown', (event) => event.key === 'Escape' && show(false));
  pasting.addEventListener('submit', (event) => {
    event.preventDefault();
    sent = { id: onText(pasted.value), text: pasted.value };
    show(false);
  });

  // The text is kept, because it may need a correction or the form may be closed by mistake.
  function show(wanted) {
    pasting.hidden = !wanted;
    paste.setAttribute('aria-expanded', String(wanted));
    (wanted ? pasted : paste).focus();
  }

  // The text is cleared once its forecast is ready.
  function update(state) {
    const file = sent && fileOf(state, sent.id);
    if (file?.phase !== 'done') return;
    if (pasted.value === sent.text) pasted.value = '';
    sent = null;
  }

  return { update };
}

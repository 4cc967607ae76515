// Where files come in: dropped or pasted anywhere on the page, chosen, typed, or the sample.

import { fillTexts, partsOf, say } from './markup.js';
import { answeredFile, isUnderWay, shownFile } from './queue.js';
import { takesFiles } from './service.js';
import * as TEXTS from './texts/dropzone.js';

export function Dropzone({ onFiles, onText, onSample, onCancel }) {
  const root = document.querySelector('.dropzone');
  const { target, call, limit, input, choose, sample, paste, pasting, pasted, cancel, progress, said, close } = partsOf(root);
  let open = false;
  let depth = 0; // dragenter and dragleave also come from every child

  choose.addEventListener('click', () => input.click());
  sample.addEventListener('click', onSample);
  cancel.addEventListener('click', onCancel);
  paste.addEventListener('click', () => showPasting(pasting.hidden));
  close.addEventListener('click', () => showPasting(false));
  pasting.addEventListener('submit', (event) => {
    event.preventDefault();
    onText(pasted.value);
    showPasting(false);
  });
  pasting.addEventListener('keydown', (event) => event.key === 'Escape' && showPasting(false));
  input.addEventListener('change', () => {
    take(input.files);
    // Otherwise choosing the same file again, now mended, would raise no change.
    input.value = '';
  });

  // The whole page takes a drop: one that misses the box must not navigate away.
  document.addEventListener('dragenter', (event) => over(event, +1));
  document.addEventListener('dragleave', (event) => over(event, -1));
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    depth = 0;
    delete root.dataset.over;
    take(event.dataTransfer.files);
  });
  // Into a field of the page, what is pasted belongs to that field.
  document.addEventListener('paste', (event) => {
    if (!open || event.target.closest?.('textarea, input')) return;
    const { files } = event.clipboardData;
    const text = event.clipboardData.getData('text/plain');
    // A spreadsheet puts a picture of the cells beside their text.
    if (text) onText(text);
    else take(files);
  });

  function over(event, change) {
    if (!event.dataTransfer?.types.includes('Files')) return;
    depth = Math.max(0, depth + change);
    if (depth > 0 && open) root.dataset.over = '';
    else delete root.dataset.over;
  }

  function take(files) {
    if (open && files.length > 0) onFiles([...files]);
  }

  function showPasting(wanted) {
    pasting.hidden = !wanted;
    paste.setAttribute('aria-expanded', String(wanted));
    if (wanted) pasted.focus();
    else {
      pasted.value = '';
      paste.focus();
    }
  }

  function update(state) {
    const { service, limitMegabytes, language } = state;
    const { format } = language;
    const texts = language.texts(TEXTS);
    const shown = shownFile(state);
    const running = shown && isUnderWay(shown) ? shown : null;
    open = takesFiles(service);
    fillTexts(root, texts);
    // Without a model there is nothing to ask; the training panel stands in its place.
    target.hidden = !open;
    cancel.hidden = progress.hidden = !running;
    if (running?.phase === 'sending') progress.value = running.sent;
    else progress.removeAttribute('value');
    root.toggleAttribute('data-compact', Boolean(answeredFile(state)));
    say(call, running ? runningText(running, service.kind === 'unreachable', texts, format) : texts[answeredFile(state) ? 'callAgain' : 'call']);
    say(limit, texts.limit(format.whole(limitMegabytes)));
    say(said, saidText(shown, texts));
  }

  return { update, focus: () => choose.focus() };
}

function runningText({ name, phase, sent, retryIn }, isAway, texts, format) {
  if (phase === 'sending') return texts.callSending(name, format.percent(sent));
  if (phase === 'forecasting') return texts.callForecasting(name);
  if (retryIn === null) return texts.callWaiting(name);
  return texts[isAway ? 'callAway' : 'callRetry'](name, format.duration(retryIn));
}

// Less than is shown: neither percents nor seconds, which a live region would never stop reading out.
function saidText(file, texts) {
  if (!file) return '';
  if (file.phase === 'waiting' && file.retryIn !== null) return texts.saidRetry(file.name);
  if (isUnderWay(file)) return texts.saidSending(file.name);
  return file.phase === 'done' ? texts.saidDone(file.name) : texts.saidFailed(file.name);
}

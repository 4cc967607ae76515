// Where files come in: dropped or pasted anywhere on the page, chosen, typed, or the sample.

import { fillTexts, partsOf, setText, textElement } from '../lib/markup.js';
import { answeredFile, fileOf, isUnderWay, shownFile } from '../state/queue.js';
import { takesFiles } from '../state/service.js';
import { announcementsOf } from '../state/file_status.js';
import * as TEXTS from '../texts/dropzone.js';

const MAX_ANNOUNCEMENTS = 10;

export function Dropzone({ onFiles, onText, onSample, onCancel }) {
  const root = document.querySelector('.dropzone');
  const { title, target, call, limit, input, choose, sample, paste, pasting, pasted, cancel, progress, announcements, close } = partsOf(root);
  let isOwnDrag = false; // of a text or a link of this page
  let depth = 0; // dragenter and dragleave also come from every child
  let sent = null; // what was written into the field and is being forecast: { id, text }
  let seen = null; // the state before

  choose.addEventListener('click', () => input.click());
  sample.addEventListener('click', onSample);
  cancel.addEventListener('click', onCancel);
  paste.addEventListener('click', () => showPasting(pasting.hidden));
  close.addEventListener('click', () => showPasting(false));
  pasting.addEventListener('submit', (event) => {
    event.preventDefault();
    sent = { id: onText(pasted.value), text: pasted.value };
    showPasting(false);
  });
  pasting.addEventListener('keydown', (event) => event.key === 'Escape' && showPasting(false));
  input.addEventListener('change', () => {
    take(input.files);
    // Otherwise choosing the same file again, now mended, would raise no change.
    input.value = '';
  });

  document.addEventListener('dragstart', () => { isOwnDrag = true; });
  document.addEventListener('dragend', () => { isOwnDrag = false; });
  // The whole page takes a drop: one that misses the box must not navigate away.
  document.addEventListener('dragenter', (event) => over(event, +1));
  document.addEventListener('dragleave', (event) => over(event, -1));
  document.addEventListener('dragover', (event) => isForField(event) || event.preventDefault());
  document.addEventListener('drop', (event) => {
    depth = 0;
    delete root.dataset.over;
    if (isForField(event)) return;
    event.preventDefault();
    const wanted = isWanted(event);
    isOwnDrag = false; // what is dragged may go from the page, and nothing then tells of the end
    if (!wanted) return;
    const { files, folders } = droppedIn(event.dataTransfer);
    if (files.length + folders.length > 0) take(files, folders);
    else onText(event.dataTransfer.getData('text/plain'));
  });
  document.addEventListener('paste', (event) => {
    if (isField(event.target)) return;
    const { files } = event.clipboardData;
    const text = event.clipboardData.getData('text/plain');
    // A spreadsheet puts a picture of the cells beside their text.
    if (text) onText(text);
    else take(files);
  });

  function over(event, change) {
    if (!isWanted(event)) return;
    depth = Math.max(0, depth + change);
    if (depth > 0) root.dataset.over = '';
    else delete root.dataset.over;
  }

  // Files and texts from elsewhere. The address of a link or a picture is no table.
  function isWanted(event) {
    const types = event.dataTransfer?.types ?? [];
    if (isOwnDrag || isForField(event)) return false;
    return types.includes('Files') || (types.includes('text/plain') && !types.includes('text/uri-list'));
  }

  function take(files, folders = []) {
    if (files.length + folders.length > 0) onFiles([...files], folders);
  }

  // The text stays: it may have to be mended, or the form be closed by mistake.
  function showPasting(wanted) {
    pasting.hidden = !wanted;
    paste.setAttribute('aria-expanded', String(wanted));
    (wanted ? pasted : paste).focus();
  }

  function focus() {
    (target.hidden ? title : choose).focus();
  }

  function update(state) {
    const { service, limitMegabytes, language } = state;
    const { format } = language;
    const texts = language.texts(TEXTS);
    const shown = shownFile(state);
    const running = shown && isUnderWay(shown) ? shown : null;
    fillTexts(root, texts);
    // Without a model there is nothing to ask; the training panel stands in its place.
    target.hidden = !takesFiles(service);
    cancel.hidden = progress.hidden = !running;
    if (running?.phase === 'sending') progress.value = running.sent;
    else progress.removeAttribute('value');
    root.toggleAttribute('data-compact', Boolean(answeredFile(state)));
    setText(call, running ? runningText(running, service.kind === 'unreachable', texts, format) : texts[answeredFile(state) ? 'callAgain' : 'call']);
    setText(limit, texts.limit(format.whole(limitMegabytes)));
    announce(state, texts);
    forget(state);
    seen = state;
  }

  // A log reads out what is added to it: of several files that end at once, none goes unheard.
  function announce(state, texts) {
    if (seen?.language !== state.language) announcements.replaceChildren();
    announcements.append(...announcementsOf(state, seen).map(({ key, name }) => textElement('p', texts.announcements[key](name))));
    while (announcements.children.length > MAX_ANNOUNCEMENTS) announcements.firstElementChild.remove();
  }

  function forget(state) {
    const file = sent && fileOf(state, sent.id);
    if (file?.phase !== 'done') return;
    if (pasted.value === sent.text) pasted.value = '';
    sent = null;
  }

  return { update, focus };
}

function isField(element) {
  return Boolean(element.closest?.('textarea, input'));
}

// Into a field of the page, a text that is dropped belongs to that field; a file never does.
function isForField({ target, dataTransfer }) {
  return isField(target) && !dataTransfer.types.includes('Files');
}

// A folder is no file that could be read, and the browser tells the two apart here only.
function droppedIn({ items }) {
  const found = [...items].filter(({ kind }) => kind === 'file').map((item) => ({ file: item.getAsFile(), entry: item.webkitGetAsEntry?.() }));
  return {
    files: found.filter(({ file, entry }) => file && !entry?.isDirectory).map(({ file }) => file),
    folders: found.filter(({ entry }) => entry?.isDirectory).map(({ entry }) => entry.name),
  };
}

function runningText({ name, phase, sent, retryIn }, isAway, texts, format) {
  if (phase === 'sending') return texts.callSending(name, format.percent(sent));
  if (phase === 'forecasting') return texts.callForecasting(name);
  if (retryIn === null) return texts.callWaiting(name);
  return texts[isAway ? 'callAway' : 'callRetry'](name, format.duration(retryIn));
}

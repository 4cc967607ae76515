// Accepts files: dropped, pasted, chosen or typed, or the sample.

import { listenForDrops } from '../lib/drops.js';
import { fillTexts, partsOf, setText, textElement } from '../lib/markup.js';
import { announcementsOf } from '../state/file_status.js';
import { answeredFile, isUnderWay, shownFile } from '../state/queue.js';
import { acceptsFiles } from '../state/service.js';
import * as TEXTS from '../texts/dropzone.js';
import { PasteForm } from './paste_form.js';

const MAX_ANNOUNCEMENTS = 10;

export function Dropzone({ onFiles, onText, onSample, onCancel }) {
  const root = document.querySelector('.dropzone');
  const parts = partsOf(root);
  const { title, target, call, limit, input, choose, sample, cancel, progress } = parts;
  const form = PasteForm(parts, { onText });
  let before = null; // the previous state
  listenForDrops({ onFiles: take, onText, onOver: (isOver) => root.toggleAttribute('data-over', isOver) });
  choose.addEventListener('click', () => input.click());
  sample.addEventListener('click', onSample);
  cancel.addEventListener('click', onCancel);
  input.addEventListener('change', () => {
    take([...input.files]);
    input.value = ''; // otherwise choosing the same file again, now fixed, would raise no event
  });

  function take(files, folders = []) {
    if (files.length + folders.length > 0) onFiles(files, folders);
  }

  function focus() {
    (target.hidden ? title : choose).focus();
  }

  function update(state) {
    const { service, limitMegabytes, language } = state;
    const texts = language.texts(TEXTS);
    const shown = shownFile(state);
    const running = shown && isUnderWay(shown) ? shown : null;
    const isCompact = Boolean(answeredFile(state));
    fillTexts(root, texts);
    target.hidden = !acceptsFiles(service); // without a model, the training panel is shown instead
    cancel.hidden = progress.hidden = !running;
    if (running?.phase === 'sending') progress.value = running.sent;
    else progress.removeAttribute('value');
    root.toggleAttribute('data-compact', isCompact);
    const idle = isCompact ? texts.callAgain : texts.call;
    const isAway = service.kind === 'unreachable';
    setText(call, running ? runningText(running, isAway, texts, language.format) : idle);
    setText(limit, texts.limit(language.format.whole(limitMegabytes)));
    announce(parts.announcements, state, before, texts);
    form.update(state);
    before = state;
  }

  return { update, focus };
}

// Screen readers read out what is added to a log, so each file is announced even if several finish
// at once.
function announce(log, state, before, texts) {
  if (before?.language !== state.language) log.replaceChildren();
  const added = announcementsOf(state, before);
  log.append(...added.map(({ key, name }) => textElement('p', texts.announcements[key](name))));
  while (log.children.length > MAX_ANNOUNCEMENTS) log.firstElementChild.remove();
}

function runningText({ name, phase, sent, retryIn }, isAway, texts, format) {
  if (phase === 'sending') return texts.callSending(name, format.percent(sent));
  if (phase === 'forecasting') return texts.callForecasting(name);
  if (retryIn === null) return texts.callWaiting(name);
  return texts[isAway ? 'callAway' : 'callRetry'](name, format.duration(retryIn));
}

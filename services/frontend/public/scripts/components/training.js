// The progress of the first training, or the error that stopped it. Shown until a model exists.

import { fillTexts, partsOf, setText, elementWith, textElement } from '../lib/markup.js';
import { epochFraction, STAGES, stageMarks } from '../state/service.js';
import * as TEXTS from '../texts/training.js';

export function Training() {
  const root = document.querySelector('.training');
  const { title, lead, stages, epochs, bar, epoch, eta, loss, error, hint } = partsOf(root);
  const announcement = document.querySelector('.training-announcement');
  const items = STAGES.map(StageItem);
  stages.replaceChildren(...items.map(({ element }) => element));
  let shown = {};

  function update({ service, language }) {
    if (service === shown.service && language === shown.language) return;
    // While the service is unreachable, the panel stays and the masthead shows a notice.
    if (service.kind === 'unreachable' && language === shown.language) return;
    shown = { service: service.kind === 'unreachable' ? shown.service ?? service : service, language };
    const texts = language.texts(TEXTS);
    const { kind, trainer } = shown.service;
    fillTexts(root, texts);
    root.hidden = !(kind in texts.titles);
    if (root.hidden) return setText(announcement, '');
    root.dataset.kind = kind;
    setText(title, texts.titles[kind]);
    setText(lead, leadOf(texts, kind, trainer));
    setText(announcement, `${title.textContent}. ${lead.textContent}`);
    setText(hint, texts.hints[kind] ?? '');
    setText(error, trainer?.error ?? '');
    error.hidden = !trainer?.error;
    stages.hidden = kind === 'untrained';
    stageMarks(trainer).forEach((stage, index) => items[index].update(stage, texts));
    updateEpochs(trainer, texts, language.format);
  }

  function updateEpochs(trainer, texts, format) {
    const fraction = trainer?.state === 'running' ? epochFraction(trainer) : null;
    epochs.hidden = fraction === null;
    if (epochs.hidden) return;
    bar.value = fraction;
    setText(epoch, texts.epoch(format.whole(trainer.epoch), format.whole(trainer.epochs)));
    setText(eta, trainer.eta_seconds === null ? '' : texts.eta(format.duration(trainer.eta_seconds)));
    const known = trainer.loss !== null && trainer.validation_loss !== null;
    setText(loss, known ? texts.loss(format.fine(trainer.loss), format.fine(trainer.validation_loss)) : '');
  }

  return { update };
}

function leadOf(texts, kind, trainer) {
  const lead = texts.leads[kind];
  return typeof lead === 'function' ? lead(texts.stages[trainer?.stage] ?? texts.starting) : lead;
}

function StageItem() {
  const label = document.createElement('span');
  const spoken = textElement('span', '', 'visually-hidden');
  const element = elementWith('li', [label, spoken]);
  return {
    element,
    update({ name, mark }, texts) {
      element.dataset.mark = mark;
      if (mark === 'current') element.setAttribute('aria-current', 'step');
      else element.removeAttribute('aria-current');
      setText(label, texts.stages[name]);
      setText(spoken, `, ${texts.marks[mark]}`);
    },
  };
}

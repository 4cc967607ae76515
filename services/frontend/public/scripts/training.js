// While no model is published: how far the trainer is, or what stops it.

import { fillTexts, partsOf, say } from './markup.js';
import { epochFraction, stageMarks } from './service.js';

const TEXTS = {
  bar: 'Epochs done',
  titles: {
    training: 'The first model is being trained',
    failed: 'Training stopped',
    publishing: 'The model is being loaded',
    untrained: 'No model yet',
  },
  leads: {
    training: (stage) => `Stage: ${stage}. This page switches to forecasts by itself.`,
    failed: (stage) => `It failed in this stage: ${stage}.`,
    publishing: () => 'Training is done; forecasts can be had in a moment.',
    untrained: () => 'Nothing is being trained either.',
  },
  hints: {
    training: '',
    failed: 'Mend the cause, then run "make train" in the project folder. This page follows by itself.',
    publishing: '',
    untrained: 'Run "make train" in the project folder. This page follows by itself.',
  },
  starting: 'Starting',
  stages: {
    load_data: 'Load the data',
    preprocess: 'Preprocess',
    engineer_features: 'Engineer features',
    train: 'Train the network',
    evaluate: 'Evaluate',
    publish: 'Publish',
  },
  marks: { done: 'done', current: 'in progress', failed: 'failed', waiting: 'to come' },
  epoch: (epoch, epochs) => `Epoch ${epoch} of ${epochs}`,
  eta: (duration) => `about ${duration} left`,
  loss: (loss, validationLoss) => `loss ${loss}, validation loss ${validationLoss}`,
};

export function Training({ format }) {
  const root = document.querySelector('.training');
  const { title, lead, stages, epochs, bar, epoch, eta, loss, error, hint } = partsOf(root);
  fillTexts(root, TEXTS);

  function update({ service: { kind, trainer } }) {
    // Unreachable keeps what was shown: the notice at the top says the rest.
    if (kind === 'unreachable') return;
    root.hidden = !(kind in TEXTS.titles);
    if (root.hidden) return;
    root.dataset.kind = kind;
    say(title, TEXTS.titles[kind]);
    say(lead, TEXTS.leads[kind](TEXTS.stages[trainer?.stage] ?? TEXTS.starting));
    say(hint, TEXTS.hints[kind]);
    say(error, trainer?.error ?? '');
    error.hidden = !trainer?.error;
    stages.hidden = kind === 'untrained';
    stages.replaceChildren(...stageMarks(trainer).map(stageItem));
    updateEpochs(trainer);
  }

  function updateEpochs(trainer) {
    const fraction = trainer?.state === 'running' ? epochFraction(trainer) : null;
    epochs.hidden = fraction === null;
    if (epochs.hidden) return;
    bar.value = fraction;
    say(epoch, TEXTS.epoch(trainer.epoch, trainer.epochs));
    say(eta, trainer.eta_seconds === null ? '' : TEXTS.eta(format.duration(trainer.eta_seconds)));
    const known = trainer.loss !== null && trainer.validation_loss !== null;
    say(loss, known ? TEXTS.loss(format.fine(trainer.loss), format.fine(trainer.validation_loss)) : '');
  }

  return { update };
}

function stageItem({ name, mark }) {
  const item = document.createElement('li');
  item.dataset.mark = mark;
  if (mark === 'current') item.setAttribute('aria-current', 'step');
  const label = document.createElement('span');
  label.textContent = TEXTS.stages[name];
  const spoken = document.createElement('span');
  spoken.className = 'visually-hidden';
  spoken.textContent = `, ${TEXTS.marks[mark]}`;
  item.append(label, spoken);
  return item;
}

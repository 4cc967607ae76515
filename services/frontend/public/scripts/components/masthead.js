// The bar at the top: the product's name and whether it can forecast right now.

import { fillTexts, partsOf, setText } from '../lib/markup.js';
import { isTraining } from '../state/service.js';
import * as TEXTS from '../texts/masthead.js';
import * as TRAINING_TEXTS from '../texts/training.js';

export function Masthead() {
  const root = document.querySelector('.masthead');
  const { status, notice, why, stage, error, hint } = partsOf(root);

  function update({ service, online, language }) {
    const texts = language.texts(TEXTS);
    fillTexts(root, texts);
    root.dataset.kind = online ? service.kind : 'offline';
    setText(status, statusText(service, online, texts));
    setText(notice, noticeText(service, online, texts));
    updateWhy(service, online, texts, language.texts(TRAINING_TEXTS));
  }

  // Why the last training failed. Without a model, the training panel shows it.
  function updateWhy({ kind, trainer, refused }, online, texts, training) {
    const { leads, stages, starting, hints } = training;
    why.hidden = !online || kind !== 'ready' || !hasFailed(trainer) || Boolean(refused);
    if (why.hidden) return;
    setText(stage, leads.failed(stages[trainer.stage] ?? starting));
    setText(error, trainer.error ?? '');
    error.hidden = !trainer.error;
    setText(hint, `${hints.failed} ${texts.logs}`);
  }

  return { update };
}

// Leaves out the epochs: a live region that changes every two seconds would never be silent.
function statusText(service, online, texts) {
  if (!online) return texts.offline;
  return service.kind === 'ready' && isTraining(service) ? texts.retraining : texts[service.kind];
}

function noticeText({ kind, trainer, refused }, online, texts) {
  if (!online) return texts.cut;
  if (kind === 'unreachable') return texts.away;
  if (kind === 'ready' && refused) return texts.refused;
  if (kind === 'ready' && hasFailed(trainer)) return texts.lastFailed;
  return '';
}

function hasFailed(trainer) {
  return trainer?.state === 'failed';
}

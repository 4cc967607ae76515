// The bar at the top: the product's name, and whether forecasts can be had right now.

import { fillTexts, partsOf, say } from './markup.js';
import { isTraining } from './service.js';

const TEXTS = {
  unknown: 'Connecting…',
  ready: 'Ready',
  retraining: 'Ready, retraining',
  training: 'Training',
  failed: 'Training failed',
  publishing: 'Loading the model',
  untrained: 'No model yet',
  unreachable: 'Not reachable',
  away: 'The forecaster does not answer. This page keeps trying and recovers by itself.',
  lastFailed: 'The last training failed; the model before it still serves.',
};

export function Masthead() {
  const root = document.querySelector('.masthead');
  const { status, notice } = partsOf(root);
  fillTexts(root, TEXTS);

  function update({ service }) {
    root.dataset.kind = service.kind;
    say(status, statusText(service));
    say(notice, noticeText(service));
    notice.hidden = notice.textContent === '';
  }

  return { update };
}

// No epochs here: a live region that changed every two seconds would never be silent.
function statusText(service) {
  return service.kind === 'ready' && isTraining(service) ? TEXTS.retraining : TEXTS[service.kind];
}

function noticeText({ kind, trainer }) {
  if (kind === 'unreachable') return TEXTS.away;
  if (kind === 'ready' && trainer?.state === 'failed') return TEXTS.lastFailed;
  return '';
}

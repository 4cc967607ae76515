// Where a file comes in: dropped anywhere on the page, chosen, or the sample.

import { fillTexts, partsOf, say } from './markup.js';
import { takesFiles } from './service.js';

const TEXTS = {
  title: 'How much will trade next session?',
  lead: 'Give the daily prices of a stock. You get the volume to expect in the coming sessions, the range it should fall in, and how well such forecasts did on your own data.',
  call: 'Drop a CSV file here',
  callAgain: 'Drop another CSV file',
  callSending: (name) => `Forecasting from ${name}…`,
  limit: (megabytes) => `Up to ${megabytes} MB. Files are not kept.`,
  choose: 'Choose a file',
  sample: 'Try the sample',
  cancel: 'Cancel',
  progress: 'Forecasting',
  saidSending: (name) => `Forecasting from ${name}.`,
  saidDone: (name) => `The forecast from ${name} is ready.`,
};

export function Dropzone({ onFiles, onSample, onCancel, format }) {
  const root = document.querySelector('.dropzone');
  const { target, call, limit, input, choose, sample, cancel, progress, said } = partsOf(root);
  fillTexts(root, TEXTS);
  let open = false;
  let depth = 0; // dragenter and dragleave also come from every child

  choose.addEventListener('click', () => input.click());
  sample.addEventListener('click', onSample);
  cancel.addEventListener('click', onCancel);
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

  function over(event, change) {
    if (!event.dataTransfer?.types.includes('Files')) return;
    depth = Math.max(0, depth + change);
    if (depth > 0 && open) root.dataset.over = '';
    else delete root.dataset.over;
  }

  function take(files) {
    if (open && files.length > 0) onFiles([...files]);
  }

  function update({ service, sending, result, limitMegabytes }) {
    open = takesFiles(service);
    // Without a model there is nothing to ask; the training panel stands in its place.
    target.hidden = !open;
    cancel.hidden = progress.hidden = !sending;
    root.toggleAttribute('data-compact', Boolean(result));
    say(call, callText({ sending, result }));
    say(limit, TEXTS.limit(format.whole(limitMegabytes)));
    say(said, saidText({ sending, result }));
  }

  return { update };
}

function callText({ sending, result }) {
  if (sending) return TEXTS.callSending(sending);
  return result ? TEXTS.callAgain : TEXTS.call;
}

function saidText({ sending, result }) {
  if (sending) return TEXTS.saidSending(sending);
  return result ? TEXTS.saidDone(result.fileName) : '';
}

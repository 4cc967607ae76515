// The status of each file and what to announce when it changes: keys of texts. No DOM.

import { isQuestion } from './problems.js';
import { isToBeResent, isUnderWay } from './queue.js';
import { acceptsFiles } from './service.js';

// waiting
// kept          until there is a model
// sending, forecasting
// retry         the service is busy
// retryAway     the service does not respond
// away          sent again once the service is back
// asks          the user must choose how to read the file
// done, failed
export function statusOf(file, service) {
  const { phase, retryIn } = file;
  const waits = isUnderWay(file) || isToBeResent(file);
  if (waits && !acceptsFiles(service)) return 'kept';
  if (phase === 'waiting' && retryIn !== null) return service.kind === 'unreachable' ? 'retryAway' : 'retry';
  if (phase === 'failed' && waits) return 'away';
  return phase === 'failed' && isQuestion(file.problem) ? 'asks' : phase;
}

// What screen readers announce when the state changes: [{ key, name }]. For the shown file, this is
// each step; for the others, only the end.
export function announcementsOf(state, before) {
  const isGone = (file) => !state.files.some(({ id }) => id === file.id);
  const removed = (before?.files ?? []).filter((file) => isUnderWay(file) && isGone(file));
  const changed = state.files.filter((file) => {
    const old = before?.files.find(({ id }) => id === file.id);
    const key = announcementOf(file, state.service);
    const isKnown = old && announcementOf(old, before.service) === key;
    const isShown = file.id === state.shown;
    if (isKnown && !(isShown && before.shown !== state.shown)) return false;
    // The problem of the shown file has a panel that announces itself.
    return isShown ? file.phase !== 'failed' : !isUnderWay(file);
  });
  return [
    ...removed.map(({ name }) => ({ key: 'cancelled', name })),
    ...changed.map((file) => ({ key: announcementOf(file, state.service), name: file.name })),
  ];
}

// Leaves out percentages, seconds and attempts: a live region would never stop reading them out.
function announcementOf(file, service) {
  const status = statusOf(file, service);
  if (status === 'retryAway') return 'retry';
  if (!['waiting', 'sending', 'forecasting'].includes(status)) return status;
  return file.problem ? 'retry' : 'sending';
}

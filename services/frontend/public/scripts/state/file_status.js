// What is said of a file: in the list of files, and aloud. No DOM, no words: the key of a text.

import { isStranded, isUnderWay } from './queue.js';
import { takesFiles } from './service.js';

// waiting | kept: until there is a model | sending | forecasting | retry: the service is busy | retryAway: it does not answer
// | away: it is to be sent again once the service is back | done | failed
export function statusOf(file, service) {
  const { phase, retryIn } = file;
  const waits = isUnderWay(file) || isStranded(file);
  if (waits && !takesFiles(service)) return 'kept';
  if (phase === 'waiting' && retryIn !== null) return service.kind === 'unreachable' ? 'retryAway' : 'retry';
  return phase === 'failed' && waits ? 'away' : phase;
}

// What is to be heard as one state follows another: [{ key, name }]. Of the shown file each step, of the others how they end.
export function announcementsOf(state, before) {
  const ended = (before?.files ?? []).filter((file) => isUnderWay(file) && !state.files.some(({ id }) => id === file.id));
  return [...ended.map(({ name }) => ({ key: 'saidCancelled', name })), ...state.files.flatMap((file) => {
    const key = announcementOf(file, state.service);
    const old = before?.files.find(({ id }) => id === file.id);
    const isKnown = old && announcementOf(old, before.service) === key;
    const isShown = file.id === state.shown;
    if (isKnown && !(isShown && before.shown !== state.shown)) return [];
    // What is wrong with the shown file, its panel says by itself.
    if (isShown ? file.phase === 'failed' : isUnderWay(file)) return [];
    return [{ key, name: file.name }];
  })];
}

// Neither percents nor seconds, nor each attempt: a live region would never stop reading them out.
function announcementOf(file, service) {
  const status = statusOf(file, service);
  if (['waiting', 'sending', 'forecasting'].includes(status)) return file.problem ? 'saidRetry' : 'saidSending';
  return { kept: 'saidKept', retry: 'saidRetry', retryAway: 'saidRetry', away: 'saidAway', done: 'saidDone', failed: 'saidFailed' }[status];
}

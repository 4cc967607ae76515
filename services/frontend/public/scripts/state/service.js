// The state of the service, from the responses to GET /model. No DOM.

export const STAGES = [
  'load_data', 'preprocess', 'engineer_features', 'train', 'evaluate', 'publish',
];

// The page polls often until a model is published, and rarely to find a newer one.
const FREQUENT_SECONDS = 2;
const RARE_SECONDS = 15;

export const UNKNOWN = { kind: 'unknown', model: null, trainer: null, refused: null };

// kind: ready | training | failed | publishing | untrained | unreachable | unknown
export function serviceOf({ model, trainer, refused = null }) {
  if (model) return { kind: 'ready', model, trainer, refused };
  const kinds = { running: 'training', failed: 'failed', done: 'publishing' };
  return { kind: kinds[trainer?.state] ?? 'untrained', model, trainer, refused };
}

// Keeps what was known about the service.
export function unreachable(service) {
  return { ...service, kind: 'unreachable', lacksModel: !acceptsFiles(service) };
}

// Whether the service can forecast now and could not at the last poll.
export function isBack(before, now) {
  return now.kind === 'ready' && before.kind !== 'ready';
}

// Whether a model is newer than another: a version begins with a timestamp.
export function isNewer(model, other) {
  return model.version > other.version;
}

export function isTraining(service) {
  return service.trainer?.state === 'running';
}

// Whether files can be sent. While the state is unknown, sending a file is the way to find out.
export function acceptsFiles({ kind, lacksModel }) {
  return kind === 'unreachable' ? !lacksModel : kind === 'ready' || kind === 'unknown';
}

export function secondsToNextPoll(service) {
  return service.kind === 'ready' && !isTraining(service) ? RARE_SECONDS : FREQUENT_SECONDS;
}

// Each stage with its mark: done | current | failed | waiting
export function stageMarks(trainer) {
  const at = trainer?.state === 'done' ? Infinity : STAGES.indexOf(trainer?.stage);
  const here = trainer?.state === 'failed' ? 'failed' : 'current';
  return STAGES.map((name, index) => ({ name, mark: index < at ? 'done' : index === at ? here : 'waiting' }));
}

// The fraction of epochs done, or null if the stage has no epochs.
export function epochFraction(trainer) {
  if (!trainer?.epoch || !trainer.epochs) return null;
  return Math.min(1, trainer.epoch / trainer.epochs);
}

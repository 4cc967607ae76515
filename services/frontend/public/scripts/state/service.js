// What the answers of GET /model mean for the page. No DOM.

export const STAGES = ['load_data', 'preprocess', 'engineer_features', 'train', 'evaluate', 'publish'];

// The page waits eagerly for a first model, and looks now and then for a newer one.
const EAGER_SECONDS = 2;
const CALM_SECONDS = 15;

export const UNKNOWN = { kind: 'unknown', model: null, trainer: null, refused: null };

// kind: ready | training | failed | publishing | untrained | unreachable | unknown
export function serviceOf({ model, trainer, refused = null }) {
  if (model) return { kind: 'ready', model, trainer, refused };
  const kinds = { running: 'training', failed: 'failed', done: 'publishing' };
  return { kind: kinds[trainer?.state] ?? 'untrained', model, trainer, refused };
}

// What was known before goes on to hold.
export function unreachable(service) {
  return { ...service, kind: 'unreachable', lacksModel: !takesFiles(service) };
}

// Whether forecasts can be had again that could not be a look before.
export function isBack(before, now) {
  return now.kind === 'ready' && before.kind !== 'ready';
}

// Whether a model comes after another: a version begins with its time. `make rollback` serves one from before again.
export function isNewer(model, other) {
  return model.version > other.version;
}

export function isTraining(service) {
  return service.trainer?.state === 'running';
}

// Files can be sent to a served model; while nothing is known yet, trying is the way to find out.
export function takesFiles({ kind, lacksModel }) {
  return kind === 'unreachable' ? !lacksModel : kind === 'ready' || kind === 'unknown';
}

export function secondsToNextLook(service) {
  return service.kind === 'ready' && !isTraining(service) ? CALM_SECONDS : EAGER_SECONDS;
}

// Each stage with its mark: done | current | failed | waiting
export function stageMarks(trainer) {
  if (!trainer) return STAGES.map((name) => ({ name, mark: 'waiting' }));
  if (trainer.state === 'done') return STAGES.map((name) => ({ name, mark: 'done' }));
  const at = STAGES.indexOf(trainer.stage);
  const here = trainer.state === 'failed' ? 'failed' : 'current';
  return STAGES.map((name, index) => ({ name, mark: index < at ? 'done' : index === at ? here : 'waiting' }));
}

// The fraction of epochs done, or null where the trainer gives none.
export function epochFraction(trainer) {
  if (!trainer?.epoch || !trainer.epochs) return null;
  return Math.min(1, trainer.epoch / trainer.epochs);
}

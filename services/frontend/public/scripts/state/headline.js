// What is said of one forecast: how it stands to the recent sessions, and what the calendar has to do with it. No DOM.

const MEAN_SESSIONS = 20;
const RECENT_DAYS = 7;
// What half a percent rounds to would be said as "0 % more".
const LEAST_EFFECT = 0.005;

// The mean actual volume of the last 20 sessions, or null where fewer are known.
export function recentMean(record) {
  const last = (record?.points ?? []).slice(-MEAN_SESSIONS);
  if (last.length < MEAN_SESSIONS) return null;
  const mean = last.reduce((sum, { actual }) => sum + actual, 0) / last.length;
  return mean > 0 ? mean : null;
}

// Whether a session lies more than a week back: the file is then no recent one, and the word "next" needs a word more.
export function isPast(session, now) {
  return now - new Date(session) > RECENT_DAYS * 24 * 3600 * 1000;
}

// A volume relative to that mean, or null.
export function changeFrom(mean, volume) {
  return mean === null ? null : volume / mean - 1;
}

// Each special fact of the session with its usual effect on volume (null where unknown), the strongest first;
// null where the answer tells nothing of the calendar.
export function reasonsOf({ calendar }, effects) {
  if (!calendar) return null;
  return calendar.map((flag) => ({ flag, effect: knownEffect(effects?.[flag]) }))
    .sort((one, other) => Math.abs(other.effect ?? 0) - Math.abs(one.effect ?? 0));
}

function knownEffect(effect) {
  return typeof effect === 'number' && Math.abs(effect) >= LEAST_EFFECT ? effect : null;
}

// The mean errors that a record implies: skill is 1 - mae / mae of the reference.
export function errorsOf({ mae, skill_vs_har: har, skill_vs_naive: naive }) {
  const errors = [['forecast', mae], ['har', implied(mae, har)], ['naive', implied(mae, naive)]];
  return errors.filter(([, error]) => Number.isFinite(error)).map(([name, error]) => ({ name, error }));
}

function implied(mae, skill) {
  return typeof skill === 'number' && skill < 1 ? mae / (1 - skill) : NaN;
}

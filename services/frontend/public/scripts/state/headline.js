// What the page says about one forecast: how it compares with the last sessions, and why. No DOM.

export const MEAN_SESSIONS = 22; // a month, as in the API's usual volume
const RECENT_DAYS = 7;
const MIN_EFFECT = 0.005; // less would be shown as "0% more"

// The mean volume of the last 22 sessions, or null if fewer are known. The reasons of a forecast
// have it, too, even if the ticker has no track record.
export function recentMean({ reasons }, record) {
  if (reasons) return reasons.usual_volume;
  const last = (record?.points ?? []).slice(-MEAN_SESSIONS);
  if (last.length < MEAN_SESSIONS) return null;
  const mean = last.reduce((sum, { actual }) => sum + actual, 0) / last.length;
  return mean > 0 ? mean : null;
}

// Whether a session is more than a week ago. "Next session" then needs explaining.
export function isPast(session, now) {
  return now - new Date(session) > RECENT_DAYS * 24 * 3600 * 1000;
}

// The change of a volume relative to that mean, or null.
export function changeFrom(mean, volume) {
  return mean === null ? null : volume / mean - 1;
}

// The session's calendar flags with their usual effect on volume (null if unknown), the strongest
// first; null if the response has no calendar.
export function reasonsOf({ calendar }, effects) {
  if (!calendar) return null;
  return calendar.map((flag) => ({ flag, effect: knownEffect(effects?.[flag]) }))
    .sort((one, other) => Math.abs(other.effect ?? 0) - Math.abs(one.effect ?? 0));
}

function knownEffect(effect) {
  return typeof effect === 'number' && Math.abs(effect) >= MIN_EFFECT ? effect : null;
}

// The mean absolute errors in a track record. A reference's error follows from the skill, which is
// 1 - mae / the reference's mae.
export function errorsOf({ mae, skill_vs_har: har, skill_vs_naive: naive }) {
  return [['forecast', mae], ['har', implied(mae, har)], ['naive', implied(mae, naive)]]
    .filter(([, error]) => Number.isFinite(error))
    .map(([name, error]) => ({ name, error }));
}

function implied(mae, skill) {
  return typeof skill === 'number' && skill < 1 ? mae / (1 - skill) : NaN;
}

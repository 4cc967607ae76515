// The reasons of one forecast, as steps from the usual volume to the forecast. No DOM.

const MIN_CHANGE = 0.01; // smaller parts are summed up
const LARGER_DIGITS = 4; // of the larger of the usual volume and the forecast
const SMALLER_DIGITS = 3;

// The steps, the largest first, then the rest, whose `of` is null: [{ of, change, from, to }].
//
// from, to   volumes in shares; each step starts where the one before it ends
// isKnown    (of) -> whether the page has a text for it
export function stepsOf({ usual_volume: usual, parts }, volume, isKnown) {
  const main = parts.filter(({ of, change }) => isKnown(of) && Math.abs(change) >= MIN_CHANGE)
    .sort((one, other) => Math.abs(other.change) - Math.abs(one.change));
  let to = usual;
  const steps = main.map(({ of, log, change }) => {
    const from = to;
    to *= Math.exp(log);
    return { of, change, from, to };
  });
  if (to === volume) return steps;
  return [...steps, { of: null, change: volume / to - 1, from: to, to: volume }];
}

// The amounts to show, as numbers of a `unit` in shares. The usual volume and the changes, one for
// each step, add up to the forecast: { unit, usual, changes, forecast }.
export function amountsOf(usual, steps, volume) {
  const unit = unitOf(usual, volume);
  const [first, last] = [usual, volume].map((total) => Math.round(total / unit));
  const changes = roundedTo(last - first, steps.map(({ from, to }) => (to - from) / unit));
  return { unit, usual: first, changes, forecast: last };
}

// The power of ten to which both volumes are rounded; at least one share.
function unitOf(...volumes) {
  const first = (volume) => Math.floor(Math.log10(volume)); // the place of its first digit
  const larger = first(Math.max(...volumes)) - LARGER_DIGITS + 1;
  const smaller = first(Math.min(...volumes)) - SMALLER_DIGITS + 1;
  return 10 ** Math.max(0, Math.min(larger, smaller));
}

// Whole numbers that add up to `total`, by the largest-remainder method: each value is rounded
// down, then those that lost most get one more. `total` is the sum of the values, rounded up or
// down.
export function roundedTo(total, values) {
  const floors = values.map(Math.floor);
  const missing = total - floors.reduce((sum, floor) => sum + floor, 0);
  const lost = values.map((value, index) => value - floors[index]);
  const order = [...values.keys()].sort((one, other) => lost[other] - lost[one]);
  const raised = new Set(order.slice(0, missing));
  return floors.map((floor, index) => floor + (raised.has(index) ? 1 : 0));
}

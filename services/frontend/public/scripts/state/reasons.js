// The reasons of one forecast, as steps from the usual volume to the forecast. No DOM.

const MIN_CHANGE = 0.01; // smaller parts are summed up
const MIN_REST = 0.005; // less would be shown as 0%

// The steps, the largest first, then the rest, whose `of` is null: [{ of, change, from, to }].
//
// from, to   volumes in shares; each step starts where the one before it ends
// isKnown    (of) -> whether the page has a text for it
export function stepsOf({ usual_volume: usual, parts }, isKnown) {
  const isMain = ({ of, change }) => isKnown(of) && Math.abs(change) >= MIN_CHANGE;
  const main = parts.filter(isMain)
    .sort((one, other) => Math.abs(other.change) - Math.abs(one.change));
  const log = parts.filter((part) => !isMain(part)).reduce((sum, part) => sum + part.log, 0);
  const rest = { of: null, log, change: Math.expm1(log) };
  let to = usual;
  return [...main, ...(Math.abs(rest.change) >= MIN_REST ? [rest] : [])].map((part) => {
    const from = to;
    to *= Math.exp(part.log);
    return { of: part.of, change: part.change, from, to };
  });
}

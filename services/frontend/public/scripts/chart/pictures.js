// Two small pictures as inline SVG: bars beside one another, and a share on a scale from nought to all.
// Sizes are attributes, which the page's policy allows; colours come from the stylesheet by class.

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 320;
const BAR = 20;
const LABEL = 20;
const GAP = 10;
const FIGURE = 56; // room for the number behind a bar

// items   [{ name, value, text, isMain }]
export function bars(items, label) {
  const each = LABEL + BAR + GAP;
  const picture = svg(WIDTH, items.length * each - GAP, label);
  const most = Math.max(...items.map(({ value }) => value)) || 1;
  items.forEach(({ name, value, text, isMain }, index) => {
    const top = index * each;
    const width = Math.max(2, (value / most) * (WIDTH - FIGURE));
    picture.append(
      part('text', { x: 0, y: top + LABEL - 6, class: 'picture-name' }, name),
      part('rect', { x: 0, y: top + LABEL, width, height: BAR, rx: 3, class: isMain ? 'picture-main' : 'picture-other' }),
      part('text', { x: width + 6, y: top + LABEL + BAR - 5, class: 'picture-figure' }, text),
    );
  });
  return picture;
}

export function scale(fraction, promised, text, promise, label) {
  const picture = svg(WIDTH, LABEL + BAR + LABEL, label);
  const at = (share) => Math.min(1, Math.max(0, share)) * WIDTH;
  // Beside the mark, not across it.
  const isBelow = fraction < promised;
  const beside = isBelow ? Math.min(at(fraction), at(promised) - 6) : Math.max(at(fraction), at(promised) + 6);
  picture.append(
    part('rect', { x: 0, y: LABEL, width: WIDTH, height: BAR, rx: 3, class: 'picture-rest' }),
    part('rect', { x: 0, y: LABEL, width: at(fraction), height: BAR, rx: 3, class: 'picture-main' }),
    part('line', { x1: at(promised), x2: at(promised), y1: LABEL - 5, y2: LABEL + BAR + 5, class: 'picture-mark' }),
    part('text', { x: isBelow ? Math.max(FIGURE / 2, beside) : Math.min(WIDTH - FIGURE / 2, beside), y: LABEL - 6, 'text-anchor': isBelow ? 'end' : 'start', class: 'picture-figure' }, text),
    part('text', { x: WIDTH, y: LABEL + BAR + LABEL - 4, 'text-anchor': 'end', class: 'picture-name' }, promise),
  );
  return picture;
}

function svg(width, height, label) {
  return part('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label, class: 'picture' });
}

function part(name, attributes, text = null) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  return element;
}

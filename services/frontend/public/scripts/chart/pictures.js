// Two small graphics as inline SVG: bars, and a fraction on a scale from 0 to 100%. Sizes are
// attributes, which the page's content security policy allows; colours come from the stylesheet.

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 320;
const BAR = 20;
const LABEL = 20;
const GAP = 10;
const NUMBER = 56; // room for the number after a bar

// items   [{ name, value, text, isMain }]
export function bars(items, label) {
  const each = LABEL + BAR + GAP;
  const picture = svg(WIDTH, items.length * each - GAP, label);
  const largest = Math.max(...items.map(({ value }) => value)) || 1;
  items.forEach(({ name, value, text, isMain }, index) => {
    const top = index * each;
    const width = Math.max(2, (value / largest) * (WIDTH - NUMBER));
    const style = isMain ? 'picture-main' : 'picture-other';
    picture.append(
      part('text', { x: 0, y: top + LABEL - 6, class: 'picture-name' }, name),
      part('rect', { x: 0, y: top + LABEL, width, height: BAR, rx: 3, class: style }),
      part('text', { x: width + 6, y: top + LABEL + BAR - 5, class: 'picture-number' }, text),
    );
  });
  return picture;
}

export function scale(fraction, promised, text, promise, label) {
  const picture = svg(WIDTH, LABEL + BAR + LABEL, label);
  const at = (share) => Math.min(1, Math.max(0, share)) * WIDTH;
  // Next to the mark, not across it.
  const number = fraction < promised
    ? { x: Math.max(NUMBER / 2, Math.min(at(fraction), at(promised) - 6)), 'text-anchor': 'end' }
    : { x: Math.min(WIDTH - NUMBER / 2, Math.max(at(fraction), at(promised) + 6)), 'text-anchor': 'start' };
  const bar = { x: 0, y: LABEL, height: BAR, rx: 3 };
  const mark = { x1: at(promised), x2: at(promised), y1: LABEL - 5, y2: LABEL + BAR + 5 };
  const end = { x: WIDTH, y: LABEL + BAR + LABEL - 4, 'text-anchor': 'end' };
  picture.append(
    part('rect', { ...bar, width: WIDTH, class: 'picture-rest' }),
    part('rect', { ...bar, width: at(fraction), class: 'picture-main' }),
    part('line', { ...mark, class: 'picture-mark' }),
    part('text', { ...number, y: LABEL - 6, class: 'picture-number' }, text),
    part('text', { ...end, class: 'picture-name' }, promise),
  );
  return picture;
}

function svg(width, height, label) {
  return part('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label, class: 'picture' });
}

export function part(name, attributes, text = null) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  return element;
}

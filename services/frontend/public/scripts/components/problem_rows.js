// The problems of a file. A small table shows the row of each problem, with the bad cells marked.

import { excerptsOf } from '../csv/excerpts.js';
import { capitalised } from '../lib/format.js';
import { elementWith, headerCell, inLanguage, setText, textElement } from '../lib/markup.js';

const OPEN_EXCERPTS = 3; // the rest is one click away

// parts     { list, rest, restTitle, restList }
// choices   makes the buttons of a problem that has a choice
export function ProblemRows(root, { list, rest, restTitle, restList }, choices) {
  rest.addEventListener('toggle', () => {
    fitScrollers(restList);
    showMarks(restList);
  });
  addEventListener('resize', () => fitScrollers(root));

  function update({ errors, excerpt }, texts, language) {
    choices.start(errors);
    const items = excerptsOf(errors, excerpt)
      .map((found) => excerptItem(found, texts, language, choices));
    list.replaceChildren(...items.slice(0, OPEN_EXCERPTS));
    restList.replaceChildren(...items.slice(OPEN_EXCERPTS));
    restList.start = OPEN_EXCERPTS + 1;
    rest.hidden = items.length <= OPEN_EXCERPTS;
    setText(restTitle, rest.hidden ? '' : texts.more(language.format.whole(items.length - OPEN_EXCERPTS)));
    fitScrollers(root);
    showMarks(root);
  }

  return { update };
}

// Only a table that can be scrolled takes the focus, and then it needs a name.
function fitScrollers(root) {
  for (const scroller of root.querySelectorAll('.scroller')) {
    const label = scroller.querySelector('table').getAttribute('aria-label');
    const scrolls = scroller.scrollWidth > scroller.clientWidth;
    for (const [name, value] of [['tabindex', '0'], ['role', 'group'], ['aria-label', label]]) {
      if (scrolls) scroller.setAttribute(name, value);
      else scroller.removeAttribute(name);
    }
  }
}

// On a narrow screen the marked cell may be outside the visible part of its table.
function showMarks(root) {
  for (const scroller of root.querySelectorAll('.scroller')) {
    const mark = scroller.querySelector('mark');
    if (mark) scroller.scrollLeft += centreOf(mark) - centreOf(scroller);
  }
}

function centreOf(element) {
  const { left, width } = element.getBoundingClientRect();
  return left + width / 2;
}

function excerptItem(excerpt, texts, language, choices) {
  const { row, problems, cells } = excerpt;
  const line = row === null ? null : language.format.whole(row);
  const place = row === null ? null : texts.line(line);
  const merged = mergedColumns(problems);
  const sentences = merged.flatMap((found) => {
    const text = sentence(found, place, texts, language);
    if (!found.problem.choice) return [text];
    return [text, choices.element(found.problem, text.textContent, language)];
  });
  const isSettled = problems.every(({ choice }) => choice);
  return elementWith('li', [
    ...sentences,
    ...(cells.length > 0 && !isSettled ? [table(excerpt, texts, texts.rowOf(line))] : []),
  ]);
}

// A problem that several columns share is shown once: { problem, columns }.
function mergedColumns(problems) {
  const merged = new Map();
  for (const problem of problems) {
    const key = JSON.stringify([problem.code, problem.params, problem.problem]);
    if (!merged.has(key)) merged.set(key, { problem, columns: [] });
    if (problem.column) merged.get(key).columns.push(problem.column);
  }
  return [...merged.values()];
}

function sentence({ columns, problem }, place, texts, language) {
  const { text, lang } = language.messages.text(problem, problem.problem);
  const [column] = columns;
  const names = language.format.list(columns);
  const named = columns.length > 1 ? texts.columns(names) : column && texts.column(column);
  const where = [place, named].filter(Boolean).join(', ');
  const line = document.createElement('p');
  if (where) line.append(textElement('strong', `${capitalised(where)}:`), ' ');
  line.append(inLanguage(textElement('span', where ? text : capitalised(text)), lang, language.tag));
  return line;
}

function table({ cells, cutBefore, cutAfter }, texts, label) {
  const row = (tag, content) => elementWith('tr', [
    ...cut(cutBefore, tag, texts), ...content, ...cut(cutAfter, tag, texts),
  ]);
  const isHeader = cells.every(({ name }) => name === null);
  const head = row('th', cells.map(({ name }) => headCell(name, texts)));
  const body = row('td', cells.map((cell) => bodyCell(cell, texts)));
  const rows = elementWith('tbody', [body]);
  const element = elementWith('table', isHeader ? [rows] : [elementWith('thead', [head]), rows]);
  element.setAttribute('aria-label', label);
  return elementWith('div', [element], 'scroller');
}

function headCell(name, texts) {
  const cell = headerCell(name || texts.noName, 'col');
  cell.classList.toggle('problem-absent', !name);
  return cell;
}

function bodyCell({ text, marked }, texts) {
  const cell = document.createElement('td');
  const shown = text ? text : text === null ? texts.noCell : texts.emptyCell;
  cell.append(marked ? textElement('mark', shown) : shown);
  cell.classList.toggle('problem-absent', !text);
  return cell;
}

function cut(isCut, tag, texts) {
  return isCut ? [textElement(tag, texts.cut)] : [];
}

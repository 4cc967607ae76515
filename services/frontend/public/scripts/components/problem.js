// What went wrong with a file: each problem beside the row of the file that it means, and a way on.

import { adviceFor } from '../state/advice.js';
import { countIn, translated } from '../state/api_texts.js';
import { excerptsOf } from '../csv/excerpts.js';
import { fillTexts, inLanguage, partsOf, say, withParts, withText } from '../lib/markup.js';
import { answeredFile, isStranded, isUnderWay, shownFile } from '../state/queue.js';
import * as TEXTS from '../texts/problem.js';

const OPEN_EXCERPTS = 3; // the rest is one click away

export function Problem({ onClose, onAgain }) {
  const root = document.querySelector('.problem');
  const spoken = document.querySelector('.problem-said');
  const { title, detail, way, list, rest, restTitle, restList, kept, request, again, close } = partsOf(root);
  let shown = {};
  close.addEventListener('click', () => onClose(shown.file.id));
  again.addEventListener('click', () => onAgain(shown.file.id));
  rest.addEventListener('toggle', () => {
    fitScrollers(restList);
    showMarks(restList);
  });
  addEventListener('resize', () => fitScrollers(root));

  function update(state) {
    const { language } = state;
    const file = shownFile(state);
    const before = answeredFile(state);
    const problem = file && isTold(file) ? file.problem : null;
    const isNew = problem?.kind !== shown.problem?.kind || file?.id !== shown.file?.id;
    if (problem === shown.problem && before === shown.before && language === shown.language) return;
    shown = { file, problem, before, language };
    root.hidden = !problem;
    if (!problem) return spoken.replaceChildren();
    const texts = language.texts(TEXTS);
    fillTexts(root, texts);
    updateHead(file, problem, texts);
    updateWay(problem, texts);
    updateList(problem, texts);
    say(kept, before ? texts.kept(before.name) : '');
    say(request, problem.requestId ? texts.request(problem.requestId) : '');
    speak(isNew);
    again.hidden = !problem.passes && problem.kind !== 'broken' && problem.status !== 504;
    if (isNew) root.scrollIntoView({ block: 'nearest' });
  }

  // The same words of another file are news, which a region only tells once it has been empty.
  function speak(isNew) {
    const said = [title, detail, way].filter(({ textContent }) => textContent).flatMap((part) => {
      const copy = withText('span', part === title ? `${part.textContent}.` : part.textContent);
      if (part.lang) copy.lang = part.lang;
      return [copy, ' '];
    });
    if (!isNew) return spoken.replaceChildren(...said);
    spoken.replaceChildren();
    const { problem } = shown;
    setTimeout(() => problem === shown.problem && spoken.replaceChildren(...said));
  }

  function updateHead(file, problem, texts) {
    const { language } = shown;
    const said = sayings[problem.kind](problem, file, texts, language);
    say(title, said.title);
    inLanguage(title, said.titleLang ?? language.tag, language.tag);
    say(detail, said.detail ?? '');
    inLanguage(detail, said.lang ?? language.tag, language.tag);
    detail.hidden = !said.detail;
  }

  function updateWay({ detail: whole, errors, excerpt }, texts) {
    const found = errors.length > 0 ? errors : [{ column: null, problem: whole ?? '' }];
    const advice = adviceFor(found, excerpt?.beginning ?? []);
    way.hidden = !advice;
    if (!advice) return way.replaceChildren();
    const text = texts.advice[advice.key];
    const values = advice.values.map((value) => (Array.isArray(value) ? shown.language.format.list(value) : inWords(value, shown.language)));
    way.replaceChildren(withText('strong', texts.wayOn), ` ${typeof text === 'function' ? text(...values) : text}`);
  }

  function updateList({ errors, excerpt }, texts) {
    const items = excerptsOf(errors, excerpt).map((found) => excerptItem(found, texts, shown.language));
    list.replaceChildren(...items.slice(0, OPEN_EXCERPTS));
    restList.replaceChildren(...items.slice(OPEN_EXCERPTS));
    restList.start = OPEN_EXCERPTS + 1;
    rest.hidden = items.length <= OPEN_EXCERPTS;
    say(restTitle, rest.hidden ? '' : texts.more(shown.language.format.whole(items.length - OPEN_EXCERPTS)));
    fitScrollers(root);
    showMarks(root);
  }

  return { update };
}

// After a lost connection the panel stays while the file is sent again by itself; that a service is busy, the dropzone tells.
function isTold({ phase, problem }) {
  return phase === 'failed' || problem?.kind === 'away';
}

const inWords = (value, { format }) => (typeof value === 'number' ? format.whole(value) : value);

// By kind of problem: its title, its detail, and the language of the detail where it is not the page's.
const sayings = {
  api({ title, detail, errors, status }, file, texts, language) {
    const known = status === 415 ? texts.notCsv : texts.titles[status];
    const heading = { title: known ?? (title || texts.untitled(file.name)), titleLang: known || !title ? language.tag : 'en' };
    if (errors.length > 0) return { ...heading, detail: countText(detail, errors, file, texts, language.format) };
    const { text, lang } = detail ? translated(detail, language) : { text: texts.undetailed(status), lang: language.tag };
    return { ...heading, detail: text, lang };
  },
  away: (_, file, texts) => ({ title: texts.away, detail: isUnderWay(file) || isStranded(file) ? texts.awayDetail : texts.awayAgain }),
  large: ({ size, limitMegabytes }, file, texts, { format }) => (
    { title: texts.large, detail: texts.largeDetail(file.name, format.megabytes(size), format.whole(limitMegabytes)) }
  ),
  gone: (_, { name }, texts) => ({ title: texts.gone(name), detail: texts.goneDetail }),
  folder: (_, { name }, texts) => ({ title: texts.folder(name), detail: texts.folderDetail }),
  empty: (_, file, texts) => ({ title: texts.empty, detail: texts.emptyDetail }),
  broken: ({ detail }, file, texts) => ({ title: texts.broken, detail: texts.brokenDetail(detail) }),
};

function countText(detail, errors, { name }, texts, format) {
  const counted = countIn(detail);
  const count = format.whole(counted?.count ?? errors.length);
  if (!counted && errors.length === 1) return texts.one(name);
  const many = counted?.orMore ? texts.orMore(count) : count;
  return counted?.count > errors.length ? texts.firstOf(many, name, format.whole(errors.length)) : texts.many(many, name);
}

function excerptItem({ row, problems, cells, cutBefore, cutAfter }, texts, language) {
  const place = row === null ? null : texts.line(language.format.whole(row));
  const item = document.createElement('li');
  item.append(...byText(problems).map((problem) => sentence(problem, place, texts, language)));
  if (cells.length > 0) item.append(table(cells, cutBefore, cutAfter, texts, texts.rowOf(language.format.whole(row))));
  return item;
}

// Only what can be scrolled is a stop for the keyboard, and then says what it is.
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

// On a narrow screen the marked cell may stand outside its table's window.
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

// The same problem of several columns is said once: { problem, columns }.
function byText(problems) {
  const columns = new Map(problems.map(({ problem }) => [problem, []]));
  for (const { problem, column } of problems) if (column) columns.get(problem).push(column);
  return [...columns].map(([problem, names]) => ({ problem, columns: names }));
}

function sentence({ columns, problem }, place, texts, language) {
  const { text, lang } = translated(problem, language);
  const [column] = columns;
  const named = columns.length > 1 ? texts.columns(language.format.list(columns)) : column && texts.column(column);
  const where = [place, named].filter(Boolean).join(', ');
  const line = document.createElement('p');
  if (where) line.append(withText('strong', `${capitalised(where)}:`), ' ');
  line.append(inLanguage(withText('span', where ? text : capitalised(text)), lang, language.tag));
  return line;
}

const capitalised = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function table(cells, cutBefore, cutAfter, texts, label) {
  const names = cells.map(({ name }) => headCell(name, texts));
  const isHeader = cells.every(({ name }) => name === null);
  const head = withParts('tr', [...cut(cutBefore, 'th', texts), ...names, ...cut(cutAfter, 'th', texts)]);
  const body = withParts('tr', [...cut(cutBefore, 'td', texts), ...cells.map((cell) => bodyCell(cell, texts)), ...cut(cutAfter, 'td', texts)]);
  const made = withParts('table', isHeader ? [withParts('tbody', [body])] : [withParts('thead', [head]), withParts('tbody', [body])]);
  made.setAttribute('aria-label', label);
  return withParts('div', [made], 'scroller');
}

function headCell(name, texts) {
  const cell = withText('th', name || texts.noName, name ? '' : 'problem-absent');
  cell.scope = 'col';
  return cell;
}

function bodyCell({ text, marked }, texts) {
  const cell = document.createElement('td');
  const shown = text ? text : text === null ? texts.noCell : texts.emptyCell;
  cell.append(marked ? withText('mark', shown) : shown);
  cell.classList.toggle('problem-absent', !text);
  return cell;
}

function cut(isCut, tag, texts) {
  return isCut ? [withText(tag, texts.cut)] : [];
}

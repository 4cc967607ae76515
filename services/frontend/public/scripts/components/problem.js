// Shows what is wrong with a file, what to do about it, and the row of each problem.

import { capitalised } from '../lib/format.js';
import { fillTexts, inLanguage, partsOf, setText, textElement } from '../lib/markup.js';
import { answeredFile, isToBeResent, isUnderWay, shownFile } from '../state/queue.js';
import { isQuestion } from '../state/problems.js';
import * as TEXTS from '../texts/problem.js';
import { ProblemChoices } from './problem_choices.js';
import { ProblemRows } from './problem_rows.js';

export function Problem({ onClose, onAgain, onChoices }) {
  const root = document.querySelector('.problem');
  const announcement = document.querySelector('.problem-announcement');
  const parts = partsOf(root);
  const { title, detail, remedies, remedyList, kept, request, again, close } = parts;
  const choices = ProblemChoices({ onChoices: (chosen) => onChoices(shown.file.id, chosen) });
  const rows = ProblemRows(root, parts, choices);
  let shown = {};
  close.addEventListener('click', () => onClose(shown.file.id));
  again.addEventListener('click', () => onAgain(shown.file.id));

  function update(state) {
    const { language } = state;
    const file = shownFile(state);
    const before = answeredFile(state);
    const problem = file && isShownHere(file) ? file.problem : null;
    const isNew = problem?.kind !== shown.problem?.kind || file?.id !== shown.file?.id;
    if (problem === shown.problem && before === shown.before && language === shown.language) return;
    shown = { file, problem, before, language };
    root.hidden = !problem;
    root.toggleAttribute('data-asks', isQuestion(problem));
    if (!problem) return announcement.replaceChildren();
    const texts = language.texts(TEXTS);
    fillTexts(root, texts);
    updateHead(file, problem, texts);
    updateRemedies(problem);
    rows.update(problem, texts, language);
    setText(kept, before ? texts.kept(before.name) : '');
    setText(request, problem.requestId ? texts.request(problem.requestId) : '');
    announce(isNew);
    again.hidden = !problem.isTransient && problem.kind !== 'broken' && problem.status !== 504;
    if (isNew) root.scrollIntoView({ block: 'nearest' });
  }

  // A live region repeats the same text only after it has been empty.
  function announce(isNew) {
    const copies = announced(parts, shown.problem);
    if (!isNew) return announcement.replaceChildren(...copies);
    announcement.replaceChildren();
    const { problem } = shown;
    setTimeout(() => problem === shown.problem && announcement.replaceChildren(...copies));
  }

  function updateHead(file, problem, texts) {
    const { language } = shown;
    const head = heads[problem.kind](problem, file, texts, language);
    setText(title, head.title);
    inLanguage(title, head.titleLang ?? language.tag, language.tag);
    setText(detail, head.detail ?? '');
    inLanguage(detail, head.lang ?? language.tag, language.tag);
    detail.hidden = !head.detail;
  }

  function updateRemedies({ code, params, errors }) {
    const { messages, tag } = shown.language;
    const unsettled = errors.length > 0 ? errors : [{ code, params }];
    const found = messages.remedies(unsettled.filter(({ choice }) => !choice));
    remedies.hidden = found.length === 0;
    remedyList.replaceChildren(...found.map(({ text, lang }) => inLanguage(textElement('li', text), lang, tag)));
  }

  return { update };
}

// Copies of the texts to announce: the title, the detail, and what to do or choose.
function announced({ title, detail, remedies, list }, problem) {
  const todo = isQuestion(problem) ? list.querySelectorAll('p') : remedies.querySelectorAll('strong, li');
  const elements = [title, detail, ...(remedies.hidden && !isQuestion(problem) ? [] : todo)];
  return elements.filter(({ textContent }) => textContent).flatMap((element) => {
    const { textContent } = element;
    const isEnded = element !== title || textContent.endsWith('?');
    const copy = textElement('span', isEnded ? textContent : `${textContent}.`);
    if (element.lang) copy.lang = element.lang;
    return [copy, ' '];
  });
}

// After a lost connection, the panel stays while the page resends the file. If the service is busy,
// the dropzone shows it.
function isShownHere({ phase, problem }) {
  return phase === 'failed' || problem?.kind === 'away';
}

// For each kind of problem: its title and detail, and their languages if they differ from the
// page's.
const heads = {
  api: apiHead,
  away(_, file, texts) {
    const isSentAgain = isUnderWay(file) || isToBeResent(file);
    return { title: texts.away, detail: isSentAgain ? texts.awayDetail : texts.awayAgain };
  },
  large: ({ size, limitMegabytes }, file, texts, { format }) => ({
    title: texts.large,
    detail: texts.largeDetail(file.name, format.megabytes(size), format.whole(limitMegabytes)),
  }),
  gone: (_, { name }, texts) => ({ title: texts.gone(name), detail: texts.goneDetail }),
  folder: (_, { name }, texts) => ({ title: texts.folder(name), detail: texts.folderDetail }),
  empty: (_, file, texts) => ({ title: texts.empty, detail: texts.emptyDetail }),
  broken: ({ detail }, _, texts) => ({ title: texts.broken, detail: texts.brokenDetail(detail) }),
};

// A problem document of the API.
export function apiHead({ code, params, title, detail, errors, status }, file, texts, language) {
  const known = status === 415 ? texts.unsupported : texts.titles[status];
  if (isQuestion({ errors })) {
    return { title: texts.asks(file.name), detail: texts.asksDetail(errors.length) };
  }
  const head = known || !title
    ? { title: known ?? texts.untitled(file.name) }
    : { title, titleLang: 'en' };
  if (errors.length > 0) {
    return { ...head, detail: countText(params, errors, file, texts, language.format) };
  }
  if (!code && !detail) return { ...head, detail: texts.undetailed(status) };
  const { text, lang } = language.messages.text({ code, params }, detail);
  return { ...head, detail: capitalised(text), lang };
}

// The API lists the first problems of a file and counts the rest, up to a limit.
function countText(params, errors, { name }, texts, format) {
  const { count: total = errors.length, or_more: orMore = false } = params;
  if (total === 1) return texts.one(name);
  const amount = orMore ? texts.orMore(format.whole(total)) : format.whole(total);
  if (total === errors.length) return texts.many(amount, name);
  return texts.firstOf(amount, name, format.whole(errors.length));
}

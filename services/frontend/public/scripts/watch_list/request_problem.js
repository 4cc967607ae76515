// What went wrong with a request. The page keeps what it showed before, and tries again.

import { apiHead } from '../components/problem.js';
import { built, fillTexts, inLanguage, partsOf, setText } from '../lib/markup.js';
import * as PROBLEM_TEXTS from '../texts/problem.js';
import * as TEXTS from '../texts/watch_list.js';

export function RequestProblem({ onAgain }) {
  const card = built('section', { class: 'watch-problem card' },
    built('h2', { 'data-part': 'title' }),
    built('p', { 'data-part': 'detail' }),
    built('p', { class: 'hint', 'data-part': 'request' }),
    built('p', {}, built('button', { type: 'button', class: 'button', 'data-part': 'again', 'data-text': 'again' })));
  const element = built('div', { role: 'alert' }, card);
  const { title, detail, request, again } = partsOf(card);
  again.addEventListener('click', onAgain);

  function update(problem, language) {
    element.hidden = card.hidden = !problem;
    if (!problem) return;
    const texts = language.texts(TEXTS);
    const others = language.texts(PROBLEM_TEXTS);
    const head = headOf(problem, texts, others, language);
    fillTexts(card, texts);
    setText(title, head.title);
    inLanguage(title, head.titleLang ?? language.tag, language.tag);
    setText(detail, head.detail ?? '');
    inLanguage(detail, head.lang ?? language.tag, language.tag);
    setText(request, problem.requestId ? others.request(problem.requestId) : '');
  }

  return { element, update };
}

function headOf(problem, texts, others, language) {
  if (problem.kind === 'away') return { title: texts.away, detail: texts.awayDetail };
  if (problem.kind === 'api') return apiHead(problem, { name: texts.title }, others, language);
  return { title: others.broken, detail: others.brokenDetail(problem.detail) };
}

// How far to trust the forecast: the model's track record on the user's own data.

import { bars, scale } from '../chart/pictures.js';
import { fillTexts, partsOf, setText, textElement } from '../lib/markup.js';
import { isolated } from '../lib/names.js';
import { recordOf, tickersOf } from '../state/answer.js';
import { errorsOf } from '../state/headline.js';
import { answeredFile } from '../state/queue.js';
import * as TEXTS from '../texts/trust.js';
import { ModelCard } from './model_card.js';

const NOMINAL_COVERAGE = 0.8;
const MIN_SKILL = 0.005; // less would be shown as "0% less"
const MIN_SESSIONS = 20; // fewer prove nothing

export function Trust() {
  const root = document.querySelector('.trust');
  const parts = partsOf(root);
  const card = ModelCard(parts);
  let shown = {};

  function update(state) {
    const { ticker, language, service } = state;
    const answer = answeredFile(state)?.answer;
    if (!answer) return;
    const texts = language.texts(TEXTS);
    fillTexts(root, texts);
    card.update({ model: service.model, version: answer.model.version, language, texts });
    const next = { answer, ticker, language };
    if (Object.keys(next).every((key) => next[key] === shown[key])) return;
    shown = next;
    const name = tickersOf(answer).length < 2 ? texts.thisFile : isolated(ticker);
    updateRecord(parts, recordOf(answer, ticker), name, texts, language.format);
  }

  return { update };
}

function updateRecord({ summary, record, errors, inside }, evidence, name, texts, format) {
  const isEnough = evidence?.sessions >= MIN_SESSIONS;
  record.hidden = !isEnough;
  const tooFew = evidence ? texts.few(format.whole(MIN_SESSIONS)) : texts.none;
  const text = isEnough ? sentences(evidence, name, texts, format).join(' ') : tooFew;
  setText(summary, text);
  if (!isEnough) return;
  const items = errorsOf(evidence).map(({ name: method, error }) => (
    { name: texts[method], value: error, text: format.short(error), isMain: method === 'forecast' }
  ));
  const label = items.map(({ name: method, text }) => texts.errorOf(method, text)).join('; ');
  errors.replaceChildren(bars(items, label));
  updateCoverage(inside, evidence.coverage_80, texts, format);
}

function updateCoverage(inside, coverage, texts, format) {
  inside.hidden = typeof coverage !== 'number';
  if (inside.hidden) return;
  const percent = format.percent(coverage);
  const label = texts.insideOf(percent);
  const picture = scale(coverage, NOMINAL_COVERAGE, percent, texts.promised, label);
  inside.replaceChildren(textElement('p', texts.inside, 'eyebrow'), picture);
}

// The track record of a short history lacks some numbers; their sentences are left out.
function sentences({ sessions, mape, coverage_80: coverage, ...skills }, name, texts, format) {
  const { skill_vs_naive: naive, skill_vs_har: har } = skills;
  const known = (value) => typeof value === 'number';
  const amount = (skill) => format.percent(Math.abs(skill));
  return [
    known(mape) && texts.typical(name, format.whole(sessions), format.percent(mape)),
    known(naive) && known(har) && texts[verdict(naive, har)](amount(naive), amount(har)),
    known(coverage) && texts.held(format.percent(coverage)),
  ].filter(Boolean);
}

function verdict(naive, har) {
  if (Math.abs(naive) < MIN_SKILL) return 'likeNaive';
  if (Math.abs(har) < MIN_SKILL) return naive >= 0 ? 'likeHar' : 'worseLikeHar';
  if (naive >= 0) return har >= 0 ? 'betterBoth' : 'betterNaive';
  return har >= 0 ? 'betterHar' : 'worseBoth';
}

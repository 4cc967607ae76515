// How far to trust the answer: the model's record on the user's own data, and the model's card.

import { errorsOf } from '../state/headline.js';
import { fillTexts, partsOf, setText, elementWith, textElement } from '../lib/markup.js';
import { isolated } from '../lib/names.js';
import { bars, scale } from '../chart/pictures.js';
import { answeredFile } from '../state/queue.js';
import { recordOf, tickersOf } from '../state/answer.js';
import * as TEXTS from '../texts/trust.js';

const PROMISED = 0.8;
// What half a percent rounds to would be said as "0% less".
const LEAST_SKILL = 0.005;
const FEWEST_SESSIONS = 20; // fewer prove nothing

export function Trust() {
  const root = document.querySelector('.trust');
  const { summary, record, errors, inside, card, other, facts, metrics, metricsRows, metricsNote, gate, gateRows } = partsOf(root);
  let shown = {};

  function update(state) {
    const { ticker, language, service } = state;
    const answer = answeredFile(state)?.answer;
    const model = service.model ?? shown.model ?? null;
    if (!answer) return;
    const texts = language.texts(TEXTS);
    if (answer !== shown.answer || ticker !== shown.ticker || language !== shown.language) updateRecord(recordOf(answer, ticker), tickersOf(answer).length < 2, texts, language.format);
    if (model?.version !== shown.model?.version || language !== shown.language) updateCard(model, texts, language.format);
    other.hidden = !model || model.version === answer.model.version;
    setText(other, other.hidden ? '' : texts.other(answer.model.version));
    shown = { answer, ticker, language, model };
  }

  // isOne   whether the file has no other ticker
  function updateRecord(evidence, isOne, texts, format) {
    fillTexts(root, texts);
    const isEnough = evidence?.sessions >= FEWEST_SESSIONS;
    record.hidden = !isEnough;
    setText(summary, isEnough ? sentences(evidence, isOne, texts, format).join(' ') : evidence ? texts.few(format.whole(FEWEST_SESSIONS)) : texts.none);
    if (!isEnough) return;
    const found = errorsOf(evidence).map(({ name, error }) => ({ name: texts[name], value: error, text: format.short(error), isMain: name === 'forecast' }));
    errors.replaceChildren(bars(found, found.map(({ name, text }) => texts.errorOf(name, text)).join('; ')));
    inside.hidden = typeof evidence.coverage_80 !== 'number';
    if (inside.hidden) return;
    const percent = format.percent(evidence.coverage_80);
    inside.replaceChildren(textElement('p', texts.inside, 'eyebrow'), scale(evidence.coverage_80, PROMISED, percent, texts.promised, texts.insideOf(percent)));
  }

  function updateCard(model, texts, format) {
    card.hidden = !model;
    if (!model) return;
    facts.replaceChildren(...factsOf(model, texts, format).map(([name, value]) => elementWith('div', [textElement('dt', name), textElement('dd', value)])));
    updateMetrics(model.metrics ?? {}, texts, format);
    const rules = Object.entries(model.gate?.rules ?? {});
    gate.hidden = rules.length === 0;
    gateRows.replaceChildren(...rules.map(([name, rule]) => row(ruleCells(name, rule, texts, format), false)));
  }

  function updateMetrics({ mae, mape, n, baselines = {} }, texts, format) {
    metrics.hidden = typeof mae !== 'number';
    if (metrics.hidden) return;
    setText(metricsNote, typeof n === 'number' ? texts.tested(format.whole(n)) : '');
    const known = Object.entries(texts.baselines).filter(([name]) => name in baselines).map(([name, words]) => ({ words, ...baselines[name] }));
    // The best first, whichever it is.
    const lines = [{ words: texts.model, mae, mape, isMain: true }, ...known].sort((one, two) => one.mae - two.mae);
    metricsRows.replaceChildren(...lines.map((line) => row(
      [line.words, format.short(line.mae), typeof line.mape === 'number' ? format.finePercent(line.mape) : '–'], Boolean(line.isMain),
    )));
  }

  return { update };
}

// Too short a history leaves a figure out: nothing is then said of it.
function sentences({ ticker, sessions, mape, skill_vs_naive: naive, skill_vs_har: har, coverage_80: coverage }, isOne, texts, format) {
  const known = (value) => typeof value === 'number';
  const amount = (skill) => format.percent(Math.abs(skill));
  return [
    known(mape) && texts.typical(isOne ? texts.thisFile : isolated(ticker), format.whole(sessions), format.percent(mape)),
    known(naive) && known(har) && texts[verdict(naive, har)](amount(naive), amount(har)),
    known(coverage) && texts.held(format.percent(coverage)),
  ].filter(Boolean);
}

function verdict(naive, har) {
  if (Math.abs(naive) < LEAST_SKILL) return 'likeNaive';
  if (Math.abs(har) < LEAST_SKILL) return naive >= 0 ? 'likeHar' : 'worseLikeHar';
  if (naive >= 0) return har >= 0 ? 'betterBoth' : 'betterNaive';
  return har >= 0 ? 'betterHar' : 'worseBoth';
}

function factsOf({ version, trained_at: trained, data = {}, market, window, horizon }, texts, format) {
  const { rows, tickers, first_session: first, last_session: last } = data;
  const whole = rows && tickers && first && last;
  return [
    [texts.version, version],
    [texts.trained, format.moment(trained)],
    whole && [texts.data, texts.dataOf(format.whole(rows), format.list(tickers), format.session(first), format.session(last))],
    [texts.window, texts.windowOf(format.whole(window), format.whole(horizon))],
    [texts.market, market],
  ].filter(Boolean);
}

// Which rules are no errors as so many times another's, of at most so much.
const RULES = {
  coverage_80: { isShare: true },
  coverage_95: { isShare: true },
  skill_vs_naive: { isMost: false, isShare: true },
};

function ruleCells(name, { value, limit, passed }, texts, format) {
  const { isMost = true, isShare = false } = RULES[name] ?? {};
  const words = isShare ? format.finePercent : format.ratio;
  const figure = (number) => (typeof number === 'number' ? words(number) : '–');
  const verdict = { true: texts.yes, false: texts.no }[passed] ?? texts.notApplicable;
  return [texts.rules[name] ?? name, figure(value), `${isMost ? '≤' : '≥'} ${figure(limit)}`, verdict];
}

function row([name, ...cells], isMain) {
  const head = textElement('th', name);
  head.scope = 'row';
  const line = elementWith('tr', [head, ...cells.map((text) => textElement('td', text))]);
  line.toggleAttribute('data-main', isMain);
  return line;
}

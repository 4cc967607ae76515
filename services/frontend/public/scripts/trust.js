// How far to trust the answer: the model's record on the user's own data, and the model's card.

import { errorsOf } from './headline.js';
import { fillTexts, partsOf, say, withParts, withText } from './markup.js';
import { bars, scale } from './pictures.js';
import { answeredFile } from './queue.js';
import { recordOf } from './series.js';
import * as TEXTS from './texts/trust.js';

const PROMISED = 0.8;
// What half a percent rounds to would be said as "0% less".
const LEAST_SKILL = 0.005;

export function Trust() {
  const root = document.querySelector('.trust');
  const { said, record, errors, inside, card, facts, metrics, metricsRows, metricsNote, gate, gateRows } = partsOf(root);
  let shown = {};

  function update(state) {
    const { ticker, language, service } = state;
    const answer = answeredFile(state)?.answer;
    const model = service.model ?? shown.model ?? null;
    if (!answer) return;
    const texts = language.texts(TEXTS);
    if (answer !== shown.answer || ticker !== shown.ticker || language !== shown.language) updateRecord(recordOf(answer, ticker), texts, language.format);
    if (model?.version !== shown.model?.version || language !== shown.language) updateCard(model, texts, language.format);
    shown = { answer, ticker, language, model };
  }

  function updateRecord(evidence, texts, format) {
    fillTexts(root, texts);
    record.hidden = !evidence;
    say(said, evidence ? sentences(evidence, texts, format).join(' ') : texts.none);
    if (!evidence) return;
    const found = errorsOf(evidence).map(({ name, error }) => ({ name: texts[name], value: error, text: format.short(error), isMain: name === 'forecast' }));
    errors.replaceChildren(bars(found, found.map(({ name, text }) => texts.errorOf(name, text)).join('; ')));
    inside.hidden = typeof evidence.coverage_80 !== 'number';
    if (inside.hidden) return;
    const percent = format.percent(evidence.coverage_80);
    inside.replaceChildren(withText('p', texts.inside, 'eyebrow'), scale(evidence.coverage_80, PROMISED, percent, texts.promised, texts.insideOf(percent)));
  }

  function updateCard(model, texts, format) {
    card.hidden = !model;
    if (!model) return;
    facts.replaceChildren(...factsOf(model, texts, format).map(([name, value]) => withParts('div', [withText('dt', name), withText('dd', value)])));
    updateMetrics(model.metrics ?? {}, texts, format);
    const rules = Object.entries(model.gate?.rules ?? {});
    gate.hidden = rules.length === 0;
    gateRows.replaceChildren(...rules.map(([name, rule]) => row(ruleCells(name, rule, texts, format), false)));
  }

  function updateMetrics({ mae, mape, n, baselines = {} }, texts, format) {
    metrics.hidden = typeof mae !== 'number';
    if (metrics.hidden) return;
    say(metricsNote, typeof n === 'number' ? texts.tested(format.whole(n)) : '');
    const known = Object.entries(texts.baselines).filter(([name]) => name in baselines);
    const lines = [[texts.model, { mae, mape }], ...known.map(([name, words]) => [words, baselines[name]])];
    metricsRows.replaceChildren(...lines.map(([name, figures], index) => row(
      [name, format.short(figures.mae), typeof figures.mape === 'number' ? format.finePercent(figures.mape) : '–'], index === 0,
    )));
  }

  return { update };
}

// Too short a history leaves a figure out: nothing is then said of it.
function sentences({ sessions, mape, skill_vs_naive: naive, skill_vs_har: har, coverage_80: coverage }, texts, format) {
  const known = (value) => typeof value === 'number';
  const amount = (skill) => format.percent(Math.abs(skill));
  return [
    known(mape) && format.counted(sessions, texts.typical, format.percent(mape)),
    known(naive) && known(har) && texts[verdict(naive, har)](amount(naive), amount(har)),
    known(coverage) && texts.held(format.percent(coverage)),
  ].filter(Boolean);
}

function verdict(naive, har) {
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

function ruleCells(name, { value, limit, passed }, texts, format) {
  const figure = (number) => (typeof number === 'number' ? format.fine(number) : '–');
  return [texts.rules[name] ?? name, figure(value), figure(limit), passed ? texts.yes : texts.no];
}

function row([name, ...cells], isMain) {
  const head = withText('th', name);
  head.scope = 'row';
  const line = withParts('tr', [head, ...cells.map((text) => withText('td', text))]);
  line.toggleAttribute('data-main', isMain);
  return line;
}

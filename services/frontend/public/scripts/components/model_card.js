// The card of the model in use: its facts, its errors on its own test, and the publish gate.

import { elementWith, headerCell, setText, textElement } from '../lib/markup.js';

// The rules that limit something other than the error relative to another model.
const RULES = {
  coverage_80: { isShare: true },
  coverage_95: { isShare: true },
  skill_vs_naive: { isMinimum: true, isShare: true },
};

export function ModelCard(parts) {
  let shown = {};

  // version   of the model that made the forecast on the page
  function update({ model: latest, version, language, texts }) {
    const model = latest ?? shown.model ?? null; // kept while the service is unreachable
    const { card, other } = parts;
    card.hidden = !model;
    const isOther = Boolean(model) && model.version !== version;
    other.hidden = !isOther;
    setText(other, isOther ? texts.other(version) : '');
    const isSame = model?.version === shown.model?.version && language === shown.language;
    shown = { model, language };
    if (!model || isSame) return;
    updateFacts(parts, model, texts, language.format);
    updateMetrics(parts, model.metrics ?? {}, texts, language.format);
    updateGate(parts, model.gate?.rules ?? {}, texts, language.format);
  }

  return { update };
}

function updateFacts({ facts }, model, texts, format) {
  facts.replaceChildren(...factsOf(model, texts, format).map(([name, value]) => (
    elementWith('div', [textElement('dt', name), textElement('dd', value)])
  )));
}

function factsOf({ version, trained_at: trained, data, markets, window, horizon }, texts, format) {
  return [
    [texts.version, version],
    [texts.trained, format.moment(trained)],
    ...dataFacts(data ?? {}, texts, format),
    [texts.window, texts.windowOf(format.whole(window), format.whole(horizon))],
    [texts.markets(markets.length), format.list(markets)],
  ];
}

function dataFacts({ rows, tickers, first_session: first, last_session: last }, texts, format) {
  if (!rows || !tickers || !first || !last) return [];
  const [from, to] = [first, last].map(format.session);
  return [[texts.data, texts.dataOf(format.whole(rows), format.list(tickers), from, to)]];
}

function updateMetrics(parts, { mae, mape, n, baselines = {} }, texts, format) {
  const { metrics, metricsRows, metricsNote } = parts;
  metrics.hidden = typeof mae !== 'number';
  if (metrics.hidden) return;
  setText(metricsNote, typeof n === 'number' ? texts.tested(format.whole(n)) : '');
  const methods = Object.entries(texts.baselines)
    .filter(([name]) => name in baselines)
    .map(([name, label]) => ({ label, ...baselines[name] }));
  methods.push({ label: texts.model, mae, mape, isMain: true });
  methods.sort((one, other) => one.mae - other.mae); // the best method first
  metricsRows.replaceChildren(...methods.map((method) => {
    const percent = typeof method.mape === 'number' ? format.finePercent(method.mape) : '–';
    return row([method.label, format.short(method.mae), percent], Boolean(method.isMain));
  }));
}

function updateGate({ gate, gateRows }, rules, texts, format) {
  gate.hidden = Object.keys(rules).length === 0;
  gateRows.replaceChildren(...Object.entries(rules).map(([name, rule]) => (
    row(ruleCells(name, rule, texts, format), false)
  )));
}

function ruleCells(name, { value, limit, passed }, texts, format) {
  const { isMinimum = false, isShare = false } = RULES[name] ?? {};
  const write = isShare ? format.finePercent : format.ratio;
  const [measured, bound] = [value, limit].map((each) => (typeof each === 'number' ? write(each) : '–'));
  const verdict = { true: texts.yes, false: texts.no }[passed] ?? texts.notApplicable;
  return [texts.rules[name] ?? name, measured, `${isMinimum ? '≥' : '≤'}\u00a0${bound}`, verdict];
}

function row([name, ...cells], isMain) {
  const others = cells.map((text) => textElement('td', text));
  const line = elementWith('tr', [headerCell(name, 'row'), ...others]);
  line.toggleAttribute('data-main', isMain);
  return line;
}

// How the file of the result was read, with a control for each choice that its sender can change.

import { fillSelect, fillTexts, partsOf, setText, textElement } from '../lib/markup.js';
import { isolated } from '../lib/names.js';
import { answeredFile } from '../state/queue.js';
import * as CHOICES from '../texts/choices.js';
import * as TEXTS from '../texts/reading.js';

const AUTOMATIC = '';
const PARAMETERS = ['dates', 'decimal', 'volume', 'volume_unit', 'encoding', 'sheet', 'splits', 'market'];

// onChoice   called with the file's id, a query parameter and its new value
export function Reading({ onChoice }) {
  const root = document.querySelector('.reading');
  const parts = partsOf(root);
  let shown = {};
  for (const parameter of PARAMETERS) {
    const select = parts[parameter];
    select.addEventListener('change', () => onChoice(shown.id, parameter, select.value));
  }

  function update(state) {
    const { language } = state;
    const { id, answer, answerChoices } = answeredFile(state) ?? {};
    const reading = answer?.input.reading ?? null;
    root.hidden = !reading;
    if (!reading) return;
    if (id !== shown.id) root.open = false;
    // A choice that was refused leaves the response as it was: the controls return to it.
    shown = { id };
    const texts = language.texts(TEXTS);
    const names = language.texts(CHOICES);
    fillTexts(root, texts);
    updateColumns(parts.columns, reading, texts);
    for (const parameter of PARAMETERS) {
      updateChoice(parts, parameter, controlOf(parameter, reading, answerChoices, names));
    }
    for (const part of ['sheet', 'splits']) parts[`${part}Row`].hidden = !reading[part];
    parts.encodingRow.hidden = Boolean(reading.sheet);
    setText(parts.form, formText(reading, texts, language.format));
  }

  return { update };
}

function updateColumns(list, { columns }, texts) {
  const items = Object.entries(columns).map(([role, name]) => [texts.roles[role] ?? role, name]);
  const key = JSON.stringify(items);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...items.map(([role, name]) => {
    const item = textElement('li', `${role} `);
    if (name) item.append(textElement('code', isolated(name)));
    return item;
  }));
}

function updateChoice(parts, parameter, { value, text, options }) {
  const select = parts[parameter];
  select.hidden = options.length === 0;
  parts[`${parameter}Value`].hidden = options.length > 0;
  setText(parts[`${parameter}Value`], text);
  fillSelect(select, options);
  if (select.value !== value) select.value = value;
}

// The value of a parameter, its text, and the values to choose from, with their texts. Markets that
// the API found are the option "Automatic", which also names them.
export function controlOf(parameter, reading, choices, names) {
  const textOf = (option) => names[parameter]?.[option] ?? isolated(option);
  const found = valueOf(parameter, reading) ?? '';
  const known = (reading.options[parameter] ?? []).map((option) => [option, textOf(option)]);
  const text = textOf(found);
  if (parameter !== 'market' || known.length === 0) return { value: found, text, options: known };
  const automatic = textOf(AUTOMATIC);
  const label = choices.market ? automatic : `${automatic}: ${text}`;
  return { value: choices.market ?? AUTOMATIC, text, options: [[AUTOMATIC, label], ...known] };
}

function valueOf(parameter, reading) {
  if (parameter === 'volume') return reading.columns.Volume;
  return parameter === 'market' ? reading.markets.join(', ') : reading[parameter];
}

function formText({ sheet, separator, header_line: line }, texts, format) {
  if (sheet) return texts.inSheet(isolated(sheet), format.whole(line));
  if (!separator) return texts.fixed;
  return texts.separated(texts.separators[separator] ?? `"${separator}"`, format.whole(line));
}

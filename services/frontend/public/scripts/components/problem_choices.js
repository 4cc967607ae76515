// Buttons for the ways to read a file that the file itself leaves open. A click sends it again.

import { elementWith, textElement } from '../lib/markup.js';
import { isolated } from '../lib/names.js';
import * as CHOICES from '../texts/choices.js';

const A_DAY = /^\d{4}-\d{2}-\d{2}$/;
const A_NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/;

// onChoices   called with the choices, { parameter: value }, once each doubt has one
export function ProblemChoices({ onChoices }) {
  let started = null; // the problems of the file
  let doubts = []; // those that have a choice
  let chosen = {};

  // What is chosen stays if the same problems are shown again, in another language.
  function start(errors) {
    if (errors === started) return;
    started = errors;
    doubts = errors.filter(({ choice }) => choice);
    chosen = {};
  }

  // The buttons for one problem.
  function element(problem, label, language) {
    const { parameter, options } = problem.choice;
    const buttons = Object.entries(options).map(([value, meant]) => {
      const button = choiceButton(problem, value, meant, language);
      button.setAttribute('aria-pressed', String(chosen[parameter] === value));
      button.addEventListener('click', () => choose(parameter, value, buttons, button));
      return button;
    });
    const group = elementWith('div', buttons, 'problem-choices');
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', label);
    return group;
  }

  function choose(parameter, value, buttons, button) {
    chosen[parameter] = value;
    if (doubts.every(({ choice }) => choice.parameter in chosen)) return onChoices(chosen);
    for (const each of buttons) each.setAttribute('aria-pressed', String(each === button));
  }

  return { start, element };
}

// What is chosen, and what the first cells would then mean.
function choiceButton({ params, choice }, value, meant, language) {
  const { [choice.parameter]: names } = language.texts(CHOICES);
  const cells = Array.isArray(params.found) ? params.found : [];
  const lines = meant.map((meaning, index) => {
    const text = meaningText(choice.parameter, meaning, language.format);
    return textElement('span', cells[index] ? `${isolated(cells[index])} → ${text}` : text);
  });
  const button = elementWith('button', [
    textElement('strong', names?.[value] ?? isolated(value)), ' ',
    elementWith('span', lines.flatMap((line, index) => (index ? [', ', line] : [line])), 'problem-meaning'),
  ], 'button problem-choice');
  button.type = 'button';
  return button;
}

// Only dates and numbers are written in the reader's language. A cell such as 0000-00-00 is not a
// date, though it has the form of one, and the cells of a column are shown as they are.
export function meaningText(parameter, text, format) {
  if (parameter === 'dates' && isDay(text)) return format.session(text);
  if (['decimal', 'volume_unit'].includes(parameter) && A_NUMBER.test(text)) return format.number(Number(text));
  return isolated(text);
}

function isDay(text) {
  return A_DAY.test(text) && !Number.isNaN(Date.parse(text));
}

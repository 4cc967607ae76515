// Buttons for the ways to read a file that the file itself leaves open. A click sends it again.

import { elementWith, textElement } from '../lib/markup.js';
import { isolated } from '../lib/names.js';
import * as CHOICES from '../texts/choices.js';

const A_DAY = /^\d{4}-\d{2}-\d{2}$/;
const A_NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/;

// onChoices   called with the choices, { parameter: value }, once each doubt has one
export function ProblemChoices({ onChoices }) {
  let doubts = []; // the problems that have a choice
  let chosen = {};

  function start(errors) {
    doubts = errors.filter(({ choice }) => choice);
    chosen = {};
  }

  // The buttons for one problem.
  function element(problem, label, language) {
    const { parameter, options } = problem.choice;
    const buttons = Object.entries(options).map(([value, meant]) => {
      const button = choiceButton(problem, value, meant, language);
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
    const text = meaningText(meaning, language.format);
    return textElement('span', cells[index] ? `${isolated(cells[index])} → ${text}` : text);
  });
  const button = elementWith('button', [
    textElement('strong', names?.[value] ?? isolated(value)), ' ',
    elementWith('span', lines.flatMap((line, index) => (index ? [', ', line] : [line])), 'problem-meaning'),
  ], 'button problem-choice');
  button.type = 'button';
  return button;
}

function meaningText(text, format) {
  if (A_DAY.test(text)) return format.session(text);
  return A_NUMBER.test(text) ? format.number(Number(text)) : isolated(text);
}

import assert from 'node:assert/strict';
import test from 'node:test';

import { meaningText, ProblemChoices } from '../../public/scripts/components/problem_choices.js';
import { createFormat } from '../../public/scripts/lib/format.js';
import { createLanguage } from '../../public/scripts/lib/language.js';
import { isolated } from '../../public/scripts/lib/names.js';

class FakeElement {
  children = [];
  attributes = {};

  append(...parts) {
    this.children.push(...parts);
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  addEventListener(_, listener) {
    this.click = listener;
  }
}

const format = createFormat('en-US');

test('dates and numbers are shown in the reader\'s language', () => {
  assert.equal(meaningText('dates', '2024-04-03', format), 'Apr 3, 2024');
  assert.equal(meaningText('decimal', '1234.5', format), '1,234.5');
});

test('a cell that only looks like a date is shown as it is', () => {
  assert.equal(meaningText('dates', '0000-00-00', format), isolated('0000-00-00'));
  assert.equal(meaningText('dates', 'n/a', format), isolated('n/a'));
});

test('the cells of a column are shown as they are', () => {
  assert.equal(meaningText('volume', '1234567', format), isolated('1234567'));
  assert.equal(meaningText('volume', '2024-04-03', format), isolated('2024-04-03'));
});

test('a half-made choice outlives a change of language', (context) => {
  globalThis.document = { createElement: () => new FakeElement() };
  context.after(() => delete globalThis.document);
  const doubt = (parameter, ...values) => ({
    params: {},
    choice: { parameter, options: Object.fromEntries(values.map((each) => [each, []])) },
  });
  const errors = [doubt('dates', 'day-first', 'month-first'), doubt('decimal', 'point', 'comma')];
  const sent = [];
  const choices = ProblemChoices({ onChoices: (chosen) => sent.push(chosen) });
  const buttonsIn = (tag, list) => {
    choices.start(list);
    return list.map((each) => choices.element(each, '', createLanguage(tag, [tag])).children);
  };
  buttonsIn('en', errors)[0][1].click();
  const [dates, decimals] = buttonsIn('pt-BR', errors);
  assert.deepEqual(dates.map(({ attributes }) => attributes['aria-pressed']), ['false', 'true']);
  decimals[1].click();
  assert.deepEqual(sent, [{ dates: 'month-first', decimal: 'comma' }]);
  buttonsIn('en', [...errors])[1][0].click();
  assert.equal(sent.length, 1);
});

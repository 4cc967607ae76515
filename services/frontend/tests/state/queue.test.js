import assert from 'node:assert/strict';
import test from 'node:test';

import {
  answeredFile, filesToResend, isUnderWay, newFile, nextFiles, shownFile, withAnswer, withChoices,
  withChoicesOfAnswer, withFile, withFiles, withMorePoints, withoutFile,
} from '../../public/scripts/state/queue.js';
import { history, windows } from '../answers.js';

const EMPTY = {
  files: [], shown: null, answered: null, drawn: null, ticker: null, page: 0, zoom: null,
};
const named = (...names) => names.map((name) => newFile(name, new File(['x'], name)));
const tickersOf = (answer) => answer.predictions.map(({ ticker }) => ticker);
const settle = (state) => withAnswer(state, tickersOf);
const after = (state, id, changes) => settle(withFile(state, id, changes));
const done = (state, file, answer = history) => after(state, file.id, { phase: 'done', answer });

test('the first of several new files is shown', () => {
  const files = named('a.csv', 'b.csv');
  assert.equal(shownFile(withFiles(EMPTY, files)), files[0]);
});

test('files with the same name are numbered', () => {
  const names = (state) => state.files.map(({ name }) => name);
  const state = withFiles(withFiles(EMPTY, named('big.csv')), named('big.csv', 'other.csv', 'big.csv'));
  assert.deepEqual(names(state), ['big.csv', 'big.csv (2)', 'other.csv', 'big.csv (3)']);
  assert.deepEqual(names(withFiles(withoutFile(state, state.files[1].id), named('big.csv'))).at(-1), 'big.csv (2)');
});

test('the previous response stays until the shown file has one', () => {
  const [a, b] = named('a.csv', 'b.csv');
  const before = done(withFiles(EMPTY, [a]), a);
  const sending = settle(withFiles(before, [b]));
  assert.equal(answeredFile(sending).name, 'a.csv');
  assert.equal(answeredFile(done(sending, b, windows)).name, 'b.csv');
});

test('an older file\'s late response doesn\'t replace the newer one', () => {
  const [a, b] = named('a.csv', 'b.csv');
  const both = done(withFiles(withFiles(EMPTY, [a]), [b]), b);
  assert.equal(answeredFile(done(both, a, windows)).name, 'b.csv');
});

test('a new response starts with its first ticker, on page one, without zoom', () => {
  const [a, b] = named('a.csv', 'b.csv');
  const read = { ...done(withFiles(EMPTY, [a]), a), ticker: 'IBM', page: 3, zoom: { first: 1, last: 2 } };
  const same = settle(read);
  assert.deepEqual([same.ticker, same.page], ['IBM', 3]);
  const other = done(withFiles(read, [b]), b, windows);
  assert.deepEqual([other.ticker, other.page, other.zoom], [null, 0, null]);
});

test('a more complete response keeps the ticker and page', () => {
  const [a] = named('a.csv');
  const read = { ...done(withFiles(EMPTY, [a]), a), ticker: 'IBM', page: 3 };
  const fuller = { ...history };
  const state = settle(withMorePoints(read, a.id, fuller));
  assert.deepEqual([state.ticker, state.page, state.drawn], ['IBM', 3, fuller]);
  assert.equal(answeredFile(state).answer, fuller);
});

test('a response that is not shown gets more points without being shown', () => {
  const [a, b] = named('a.csv', 'b.csv');
  const both = done(withFiles(done(withFiles(EMPTY, [a]), a), [b]), b, windows);
  const state = settle(withMorePoints(both, a.id, { ...history }));
  assert.equal(state.drawn, windows);
});

test('a file that is forecast again keeps its ticker', () => {
  const [a] = named('a.csv');
  const read = { ...done(withFiles(EMPTY, [a]), a), ticker: 'IBM' };
  assert.equal(done(read, a, { ...history }).ticker, 'IBM');
});

test('two files run at once, and the shown one never waits', () => {
  const files = named('a.csv', 'b.csv', 'c.csv');
  const state = withFiles(EMPTY, files);
  assert.deepEqual(nextFiles(state).map(({ name }) => name), ['a.csv', 'b.csv']);
  const busy = files.slice(0, 2).reduce((before, { id }) => withFile(before, id, { phase: 'sending' }), state);
  assert.deepEqual(nextFiles(busy), []);
  const [newer] = named('d.csv');
  assert.deepEqual(nextFiles(withFiles(busy, [newer])).map(({ name }) => name), ['d.csv']);
});

test('a file that waits to retry is not started early', () => {
  const [a] = named('a.csv');
  const state = withFile(withFiles(EMPTY, [a]), a.id, { retryIn: 3 });
  assert.deepEqual(nextFiles(state), []);
  assert.equal(isUnderWay(state.files[0]), true);
});

test('removing a file leaves the response on the page', () => {
  const [a, b] = named('a.csv', 'b.csv');
  const state = withFiles(done(withFiles(EMPTY, [a]), a), [b]);
  const left = settle(withoutFile(state, b.id));
  assert.equal(shownFile(left).name, 'a.csv');
  assert.equal(answeredFile(left).name, 'a.csv');
});

test('removing the last file resets the page', () => {
  const [a] = named('a.csv');
  const left = settle(withoutFile(done(withFiles(EMPTY, [a]), a), a.id));
  assert.deepEqual(left, EMPTY);
});

test('only files that failed because of the service are sent again', () => {
  const [a, b] = named('a.csv', 'b.csv');
  const state = [[a, true], [b, false]].reduce(
    (before, [{ id }, isTransient]) => withFile(before, id, { phase: 'failed', problem: { isTransient } }), withFiles(EMPTY, [a, b]),
  );
  assert.deepEqual(filesToResend(state, true).map(({ name }) => name), ['a.csv']);
});

test('a file is resent three times, and again after an outage', () => {
  const [a] = named('a.csv');
  const lost = (resends) => withFile(withFiles(EMPTY, [a]), a.id, { phase: 'failed', problem: { isTransient: true }, resends });
  assert.equal(filesToResend(lost(2), false).length, 1);
  assert.equal(filesToResend(lost(3), false).length, 0);
  assert.equal(filesToResend(lost(3), true).length, 1);
});

test('a corrected file replaces the unusable one with its name', () => {
  const [bad, fixed] = ['prices.csv', 'prices.csv'].map((name) => newFile(name, new File(['x'], name)));
  const failed = withFile(withFiles(EMPTY, [bad]), bad.id, { phase: 'failed', problem: { isTransient: false } });
  assert.deepEqual(withFiles(failed, [fixed]).files.map(({ id, name }) => [id, name]), [[fixed.id, 'prices.csv']]);
  const waiting = withFile(failed, bad.id, { problem: { isTransient: true } });
  assert.deepEqual(withFiles(waiting, [fixed]).files.map(({ name }) => name), ['prices.csv', 'prices.csv (2)']);
});

test('the choices about a file accumulate, but a unit belongs to its column', () => {
  const [a] = named('a.csv');
  const first = withChoices(withFiles(EMPTY, [a]), a.id, { dates: 'day-first', volume_unit: 'lots-100' });
  const second = withChoices(first, a.id, { decimal: 'comma' });
  assert.deepEqual(second.files[0].choices, { dates: 'day-first', volume_unit: 'lots-100', decimal: 'comma' });
  const third = withChoices(second, a.id, { volume: 'Qtd' });
  assert.deepEqual(third.files[0].choices, { dates: 'day-first', decimal: 'comma', volume: 'Qtd' });
});

test('a column belongs to its encoding and its sheet', () => {
  const [a] = named('a.csv');
  const before = { dates: 'day-first', volume: 'Qtd', volume_unit: 'lots-100' };
  const state = withChoices(withFiles(EMPTY, [a]), a.id, before);
  const choicesAfter = (choices) => withChoices(state, a.id, choices).files[0].choices;
  assert.deepEqual(choicesAfter({ encoding: 'big5' }), { dates: 'day-first', encoding: 'big5' });
  assert.deepEqual(choicesAfter({ sheet: 'Prices' }), { dates: 'day-first', sheet: 'Prices' });
  const both = { encoding: 'big5', volume: '成交量' };
  assert.deepEqual(choicesAfter(both), { dates: 'day-first', ...both });
});

test('an empty choice takes the earlier one back', () => {
  const [a] = named('a.csv');
  const state = withChoices(withFiles(EMPTY, [a]), a.id, { dates: 'day-first', market: 'BVMF' });
  assert.deepEqual(withChoices(state, a.id, { market: '' }).files[0].choices, { dates: 'day-first' });
});

test('refused choices are taken back if the file has a response', () => {
  const [a] = named('a.csv');
  const asked = withChoices(withFiles(EMPTY, [a]), a.id, { dates: 'day-first' });
  assert.equal(withChoicesOfAnswer(asked, a.id), asked);
  const answered = withFile(asked, a.id, { answer: history, answerChoices: { dates: 'day-first' } });
  const tried = withChoices(answered, a.id, { encoding: 'big5' });
  assert.deepEqual(withChoicesOfAnswer(tried, a.id).files[0].choices, { dates: 'day-first' });
});

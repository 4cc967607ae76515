import assert from 'node:assert/strict';
import test from 'node:test';

import { excerptsOf, fieldsOf } from '../../public/scripts/csv/excerpts.js';

const header = { number: 1, text: 'Date,Close,Volume' };
const read = (lines) => ({
  header,
  lines: new Map(Object.entries(lines).map(([number, text]) => [Number(number), text])),
});
const marked = (excerpt) => excerpt.cells.filter((cell) => cell.marked).map(({ text }) => text);

test('the cell with a problem is found by its column name and marked', () => {
  const [excerpt] = excerptsOf([{ row: 3, column: 'Volume', problem: 'x' }], read({ 3: '2024-01-02,1.5,plenty' }));
  assert.equal(excerpt.row, 3);
  assert.deepEqual(excerpt.cells.map(({ name }) => name), ['Date', 'Close', 'Volume']);
  assert.deepEqual(marked(excerpt), ['plenty']);
});

test('a column in angle brackets is found by its bare name', () => {
  const brackets = { header: { number: 1, text: '<DATE>,<VOL>' }, lines: new Map([[2, '20240102,plenty']]) };
  assert.deepEqual(marked(excerptsOf([{ row: 2, column: 'VOL', problem: 'x' }], brackets)[0]), ['plenty']);
});

test('several problems in one row share its excerpt', () => {
  const errors = [{ row: 3, column: 'Close', problem: 'x' }, { row: 3, column: 'Volume', problem: 'y' }];
  const found = excerptsOf(errors, read({ 3: '2024-01-02,dear,plenty' }));
  assert.equal(found.length, 1);
  assert.deepEqual(marked(found[0]), ['dear', 'plenty']);
});

test('numbers that a decimal comma split in two are marked', () => {
  const [excerpt] = excerptsOf([{ row: 2, column: null, problem: 'x' }], read({ 2: '2024-01-02,38,15,1000' }));
  assert.deepEqual(excerpt.cells.map(({ text }) => text), ['2024-01-02', '38', '15', '1000']);
  assert.deepEqual(marked(excerpt), ['38', '15', '1000']);
});

test('other surplus fields are marked where they are', () => {
  const [excerpt] = excerptsOf([{ row: 2, column: null, problem: 'x' }], read({ 2: '2024-01-02,1.5,1000,note' }));
  assert.deepEqual(marked(excerpt), ['note']);
});

test('a missing field is marked', () => {
  const [excerpt] = excerptsOf([{ row: 2, column: null, problem: 'x' }], read({ 2: '2024-01-02,38' }));
  assert.deepEqual(excerpt.cells.at(-1), { name: 'Volume', text: null, marked: true });
});

test('a wide row shows only the cells around the marked one', () => {
  const names = [...Array(180).keys()].map((index) => `c${index}`);
  const wide = { header: { number: 1, text: names.join(',') }, lines: new Map([[2, names.join(',')]]) };
  const [excerpt] = excerptsOf([{ row: 2, column: 'c90', problem: 'x' }], wide);
  assert.equal(excerpt.cells.length, 9);
  assert.deepEqual(marked(excerpt), ['c90']);
  assert.deepEqual([excerpt.cutBefore, excerpt.cutAfter], [true, true]);
});

test('a problem with the whole file has no row', () => {
  const found = excerptsOf([{ row: null, column: null, problem: 'x' }, { row: null, column: null, problem: 'y' }], read({}));
  assert.deepEqual(found.map(({ cells }) => cells), [[], []]);
});

test('problems have no rows until the file is read', () => {
  assert.deepEqual(excerptsOf([{ row: 3, column: 'Volume', problem: 'x' }], null)[0].cells, []);
});

test('the header itself can be shown', () => {
  const [excerpt] = excerptsOf([{ row: 1, column: 'Open', problem: 'missing' }], read({}));
  assert.deepEqual(excerpt.cells.map(({ text }) => text), ['Date', 'Close', 'Volume']);
});

test('a quoted field may contain separators and doubled quotation marks', () => {
  assert.deepEqual(fieldsOf('a,"b,c","d ""e"""', ','), ['a', 'b,c', 'd "e"']);
});

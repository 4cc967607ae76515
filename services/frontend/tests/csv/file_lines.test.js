import assert from 'node:assert/strict';
import test from 'node:test';

import { readLines } from '../../public/scripts/csv/file_lines.js';

const file = (text) => new File([text], 'x.csv');

test('the requested lines and the header are returned, numbered from one', async () => {
  const { header, lines } = await readLines(file('a,b\n1,2\n3,4\n5,6\n'), [2, 4]);
  assert.deepEqual(header, { number: 1, text: 'a,b' });
  assert.deepEqual([...lines], [[2, '1,2'], [4, '5,6']]);
});

test('the last line needs no line ending', async () => {
  const { lines } = await readLines(file('a,b\n1,2'), [2]);
  assert.equal(lines.get(2), '1,2');
});

test('Windows line endings and the byte-order mark are removed', async () => {
  const { header, lines } = await readLines(file('\ufeffa,b\r\n1,2\r\n'), [2]);
  assert.equal(header.text, 'a,b');
  assert.equal(lines.get(2), '1,2');
});

test('blank lines and a separator line before the header are counted', async () => {
  const { header, lines } = await readLines(file('\nsep=;\na;b\n1;2\n'), [4]);
  assert.deepEqual(header, { number: 3, text: 'a;b' });
  assert.equal(lines.get(4), '1;2');
});

test('a line after the end of the file is left out', async () => {
  assert.equal((await readLines(file('a\n1\n'), [9])).lines.size, 0);
});

test('lines that span chunks of a large file stay whole', async () => {
  const rows = [...Array(200_000).keys()].map((index) => `row ${index + 2},${'x'.repeat(index % 7)},ß`);
  const { lines } = await readLines(file(`h\n${rows.join('\n')}\n`), [2, 100_000, 199_999]);
  for (const number of [2, 100_000, 199_999]) assert.equal(lines.get(number), rows[number - 2]);
});

test('only the beginning of a very long line is kept', async () => {
  const { lines } = await readLines(file(`h\n${'x'.repeat(300_000)}\ny\n`), [2, 3]);
  assert.ok(lines.get(2).length <= 4_000);
  assert.equal(lines.get(3), 'y');
});

test('an empty file has no header', async () => {
  assert.equal((await readLines(file(''), [])).header, null);
});

test('a file with NUL bytes, such as a workbook, has no lines', async () => {
  const { header, lines } = await readLines(file('PK\x03\x04\0\0\na,b\n'), [1, 2]);
  assert.deepEqual([header, lines.size], [null, 0]);
});

test('the header is below titles, whatever is wrong with the rows', async () => {
  const text = 'Prices of AAPL\nfrom here, for you\n\nDate;Close;Volume\n1;2,5;3\n4;5\n6;7,5;8\n';
  const { header } = await readLines(file(text), [6]);
  assert.deepEqual(header, { number: 4, text: 'Date;Close;Volume' });
  const { header: split } = await readLines(file('a,b\n1,2,5\n1,2,5\n'), [2, 3]);
  assert.equal(split.number, 1);
});

test('names that are not UTF-8 are read as Windows-1252', async () => {
  const bytes = Uint8Array.from([0x4d, 0xe1, 0x78, 0x2c, 0x62, 0x0a, 0x31, 0x2c, 0x32]);
  const { header } = await readLines(new File([bytes], 'x.csv'), [2]);
  assert.equal(header.text, 'Máx,b');
});

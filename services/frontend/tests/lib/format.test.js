import assert from 'node:assert/strict';
import test from 'node:test';

import { createFormat, isInMillions, isTooLarge } from '../../public/scripts/lib/format.js';

const format = createFormat('en');

test('a volume has three digits and a word', () => {
  assert.equal(format.long(31_250_000), '31.3 million');
  assert.equal(format.long(12_000_000), '12.0 million');
  assert.equal(format.short(9_870), '9.87K');
});

test('a scale has no trailing zeros', () => {
  assert.equal(format.scale(20_000_000), '20M');
  assert.equal(format.scale(0), '0');
});

test('a volume in the table is whole', () => {
  assert.equal(format.whole(31_250_000.4), '31,250,000');
});

test('a range keeps its low end and the dash on one line', () => {
  assert.equal(format.range(1_000_000, 2_000_000), '1.00M\u00a0– 2.00M');
});

test('a session is the same day in every time zone', () => {
  const before = process.env.TZ;
  for (const zone of ['Pacific/Honolulu', 'Pacific/Kiritimati']) {
    process.env.TZ = zone;
    assert.equal(createFormat('en').longSession('2013-03-04'), 'Monday, March 4, 2013');
  }
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

test('a fraction is written as a percentage', () => {
  assert.equal(format.percent(0.124), '12%');
});

test('a change has its sign, and no change has none', () => {
  assert.equal(format.change(0.124), '+12%');
  assert.equal(format.change(-0.02), '−2%');
  assert.equal(createFormat('pt-BR').change(-0.02), '−2%');
  assert.equal(format.change(0), '0%');
});

test('a month is written out', () => {
  assert.equal(format.month('2013-03'), 'March 2013');
  assert.equal(createFormat('pt-BR').month('2013-03'), 'março de 2013');
});

test('a fine change has one decimal and its sign', () => {
  assert.deepEqual([0.0124, -0.0304, 0].map(format.fineChange), ['+1.2%', '−3.0%', '0.0%']);
});

test('an amount has all digits down to its unit', () => {
  assert.equal(format.amount(1726, 10_000), '17.26M');
  assert.equal(format.amount(1700, 10_000), '17.00M');
  assert.equal(format.amount(71, 10_000), '710K');
  assert.equal(createFormat('pt-BR').amount(1726, 10_000), '17,26\u00a0mi');
});

test('a changed amount has its sign, and no change has none', () => {
  assert.equal(format.amountChange(123, 10_000), '+1.23M');
  assert.equal(format.amountChange(-576, 1), '−576');
  assert.equal(format.amountChange(0, 10_000), '0');
});

test('a volume in millions is recognised even at the edge of rounding', () => {
  for (const value of [999_499, 999_500, 12_000_000]) {
    assert.equal(isInMillions(value), /million/.test(format.long(value)), String(value));
  }
});

test('a duration is in a suitable unit and never zero', () => {
  assert.equal(format.duration(0.2), '1 second');
  assert.equal(format.duration(41), '41 seconds');
  assert.equal(format.duration(600), '10 minutes');
  assert.equal(format.duration(7200), '2 hours');
});

test('an instant names its time zone', () => {
  const before = process.env.TZ;
  process.env.TZ = 'America/Sao_Paulo';
  try {
    assert.match(createFormat('pt-BR').moment('2026-11-22T10:15:00Z'), /^22 de nov. de 2026, 07:15 \S+$/);
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
});

test('a volume below a thousand is a whole number', () => {
  assert.equal(format.long(12.2), '12');
  assert.equal(format.range(8.79, 999.6), '9\u00a0– 1.00K');
  assert.equal(format.long(0), '0');
});

test('another locale has its own separators', () => {
  assert.equal(createFormat('pt-BR').whole(1234567), '1.234.567');
});

test('a text agrees with its count and includes the other values', () => {
  const forms = { one: (count, name) => `${count} row of ${name}`, other: (count, name) => `${count} rows of ${name}` };
  assert.equal(format.counted(1, forms, 'A'), '1 row of A');
  assert.equal(format.counted(0, forms, 'A'), '0 rows of A');
  assert.equal(format.counted(1_234, forms, 'A'), '1,234 rows of A');
});

test('in Portuguese, a million in digits agrees like any other number', () => {
  assert.equal(createFormat('pt-BR').counted(1_000_000, { one: () => '', other: (count) => `${count} linhas` }), '1.000.000 linhas');
});

test('a file at the limit is accepted, but one byte more is not', () => {
  assert.equal(isTooLarge(10 * 1024 * 1024, 10), false);
  assert.equal(isTooLarge(10 * 1024 * 1024 + 1, 10), true);
});

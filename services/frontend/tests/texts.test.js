import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import test from 'node:test';

const folder = new URL('../public/scripts/texts/', import.meta.url);
const modules = await Promise.all(readdirSync(folder).filter((name) => name.endsWith('.js')).map(async (name) => [name, await import(new URL(name, folder))]));

// Every text with its path; for a function, the number of its parameters.
function shapeOf(texts, path = '') {
  if (typeof texts === 'function') return { [path]: `function of ${texts.length}` };
  if (typeof texts !== 'object') return { [path]: typeof texts };
  return Object.assign({}, ...Object.entries(texts).map(([key, value]) => shapeOf(value, path ? `${path}.${key}` : key)));
}

for (const [name, { EN, PT_BR }] of modules) {
  test(`${name} has every text in both languages`, () => assert.deepEqual(shapeOf(PT_BR), shapeOf(EN)));

  test(`${name} has no empty text`, () => {
    const leaves = (texts) => (typeof texts === 'object' ? Object.values(texts).flatMap(leaves) : [texts]);
    for (const text of [EN, PT_BR].flatMap(leaves)) assert.ok(typeof text === 'function' || text.trim());
  });
}

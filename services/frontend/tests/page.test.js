// What holds the page together and no browser would complain of.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';

const read = (path) => readFileSync(new URL(`../public/${path}`, import.meta.url), 'utf8');
const list = (folder) => readdirSync(new URL(`../public/${folder}/`, import.meta.url), { recursive: true })
  .filter((name) => name.includes('.'));
const html = read('index.html');
const LIMIT = '64'; // megabytes, which an operator may change: the page asks

// The page's components, each with its markup: from its root to the next component's.
const components = list('scripts').flatMap((path) => {
  const root = read(`scripts/${path}`).match(/const root = document\.querySelector\('\.([\w-]+)'\)/)?.[1];
  return root ? [{ name: path.split('/').at(-1), root, at: html.search(new RegExp(`class="${root}[ "]`)) }] : [];
}).sort((one, other) => one.at - other.at);

test('nothing on the page comes from another origin', () => {
  const addresses = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address]) => address);
  assert.ok(addresses.length > 5);
  for (const address of addresses) assert.doesNotMatch(address, /^(https?:)?\/\//);
});

test('the page has no inline script or style, which its policy would refuse', () => {
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)/);
  assert.doesNotMatch(html, /<style|\sstyle="|\son\w+="/);
});

test('every stylesheet is linked', () => {
  for (const name of list('styles')) assert.ok(html.includes(`href="styles/${name}"`), name);
});

test('every component is found in the page by the name of its file', () => {
  assert.ok(components.length > 10);
  for (const { name, root, at } of components) {
    assert.equal(`${root.replaceAll('-', '_')}.js`, name);
    assert.notEqual(at, -1, root);
  }
});

test('every word that the page asks for is in the texts of its component', async () => {
  for (const [index, { name, at }] of components.entries()) {
    const words = [...html.slice(at, components[index + 1]?.at).matchAll(/data-(?:text|label)="(\w+)"/g)].map(([, key]) => key);
    if (words.length === 0) continue;
    const { EN } = await import(`../public/scripts/texts/${name}`);
    for (const key of words) assert.equal(typeof EN[key], 'string', `${name}: ${key}`);
  }
});

test('what the page says before its scripts run is what they say then, in English', async () => {
  let count = 0;
  for (const [index, { name, at }] of components.entries()) {
    for (const [, key, text] of html.slice(at, components[index + 1]?.at).matchAll(/data-(?:text|part)="(\w+)"[^>]*>(\w[^<]*)</g)) {
      const { EN } = await import(`../public/scripts/texts/${name}`);
      assert.equal(text, typeof EN[key] === 'function' ? EN[key](LIMIT) : EN[key], `${name}: ${key}`);
      count += 1;
    }
  }
  assert.ok(count > 5);
});

test('every script is imported by the page or by its worker', () => {
  const found = new Set();
  const follow = (path) => {
    if (found.has(path)) return;
    found.add(path);
    if (path.startsWith('vendor/')) return;
    const imports = [...read(path).matchAll(/^import [^;]*'(\.[^']+)';/gm)].map(([, address]) => address);
    for (const address of imports) follow(new URL(address, `page:/${path}`).pathname.slice(1));
  };
  follow('scripts/app.js');
  follow('scripts/csv/ticker_rows_worker.js');
  const scripts = list('scripts').map((path) => `scripts/${path}`);
  assert.deepEqual([...found].filter((path) => !path.startsWith('vendor/')).sort(), scripts.sort());
});

test('only the palette names a colour', () => {
  for (const name of list('styles').filter((style) => style !== 'palette.css')) {
    assert.doesNotMatch(read(`styles/${name}`), /#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/i, name);
  }
});

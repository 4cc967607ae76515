// What holds the page together and no browser would complain of.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';

const read = (path) => readFileSync(new URL(`../public/${path}`, import.meta.url), 'utf8');
const list = (folder) => readdirSync(new URL(`../public/${folder}`, import.meta.url)).filter((name) => name.includes('.'));
const html = read('index.html');

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
  for (const name of list('scripts')) {
    const root = read(`scripts/${name}`).match(/const root = document\.querySelector\('\.([\w-]+)'\)/)?.[1];
    if (!root) continue;
    assert.equal(`${root}.js`, name);
    assert.match(html, new RegExp(`class="${root}[ "]`));
  }
});

test('every word that the page asks for is in the texts of its component', () => {
  const scripts = ['scripts', 'scripts/texts'].flatMap((folder) => list(folder).map((name) => read(`${folder}/${name}`))).join('\n');
  for (const [, key] of html.matchAll(/data-(?:text|label)="(\w+)"/g)) {
    assert.match(scripts, new RegExp(`^ {2}${key}: `, 'm'), key);
  }
});

test('only the palette names a colour', () => {
  for (const name of list('styles').filter((style) => style !== 'palette.css')) {
    assert.doesNotMatch(read(`styles/${name}`), /#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/i, name);
  }
});

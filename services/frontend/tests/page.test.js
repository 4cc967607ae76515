// Rules for the page that no browser checks.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';

const read = (path) => readFileSync(new URL(`../public/${path}`, import.meta.url), 'utf8');
const list = (folder) => readdirSync(new URL(`../public/${folder}/`, import.meta.url), { recursive: true })
  .filter((name) => name.includes('.'));
const html = read('index.html');
const LIMIT = '64'; // megabytes, the default of MAX_UPLOAD_MB

// The page's components: the file and the class of the root of each.
const components = list('scripts').flatMap((path) => {
  const root = read(`scripts/${path}`).match(/const root = document\.querySelector\('\.([\w-]+)'\)/)?.[1];
  return root ? [{ name: path.split('/').at(-1), root }] : [];
});

// Every element of the page: its component, its attributes, and the text after its tag.
function elements() {
  const found = [];
  const open = [];
  for (const [, isEnd, tag, attributes, text] of html.matchAll(/<(\/?)(\w+)([^>]*)>([^<]*)/g)) {
    if (isEnd) open.pop();
    if (isEnd) continue;
    const classes = attributes.match(/class="([^"]*)"/)?.[1].split(' ') ?? [];
    const component = components.find(({ root }) => classes.includes(root)) ?? open.at(-1);
    found.push({ component, attributes, text });
    if (!['meta', 'link', 'input', 'img'].includes(tag) && !attributes.endsWith('/')) open.push(component);
  }
  return found;
}

test('nothing on the page comes from another origin', () => {
  const addresses = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address]) => address);
  assert.ok(addresses.length > 5);
  for (const address of addresses) assert.doesNotMatch(address, /^(https?:)?\/\//);
});

test('the page has no inline script or style, which its policy forbids', () => {
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)/);
  assert.doesNotMatch(html, /<style|\sstyle="|\son\w+="/);
});

test('every stylesheet is linked', () => {
  for (const name of list('styles')) assert.ok(html.includes(`href="styles/${name}"`), name);
});

test('every component is found in the page by the name of its file', () => {
  assert.ok(components.length > 10);
  for (const { name, root } of components) {
    assert.equal(`${root.replaceAll('-', '_')}.js`, name);
    assert.ok(elements().some(({ component }) => component?.root === root), root);
  }
});

test('every text key in the page is in its component\'s texts', async () => {
  for (const { component, attributes } of elements()) {
    for (const [, key] of attributes.matchAll(/data-(?:text|label)="(\w+)"/g)) {
      const { EN } = await import(`../public/scripts/texts/${component.name}`);
      assert.equal(typeof EN[key], 'string', `${component.name}: ${key}`);
    }
  }
});

test('every text key that the watch-list builds is in its texts', async () => {
  for (const path of list('scripts/watch_list')) {
    const script = read(`scripts/watch_list/${path}`);
    const names = [...script.matchAll(/from '\.\.\/texts\/(watch_\w+\.js)'/g)].map(([, name]) => name);
    const modules = await Promise.all(names.map((name) => import(`../public/scripts/texts/${name}`)));
    for (const [, key] of script.matchAll(/'data-(?:text|label)': '(\w+)'/g)) {
      assert.ok(modules.some(({ EN }) => typeof EN[key] === 'string'), `${path}: ${key}`);
    }
  }
});

test('the inlined texts equal the English texts of the components', async () => {
  let count = 0;
  for (const { component, attributes, text } of elements()) {
    const key = attributes.match(/data-(?:text|part)="(\w+)"/)?.[1];
    if (!key || !/^\w/.test(text)) continue;
    const { EN } = await import(`../public/scripts/texts/${component.name}`);
    assert.equal(text, typeof EN[key] === 'function' ? EN[key](LIMIT) : EN[key], `${component.name}: ${key}`);
    count += 1;
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

import js from '@eslint/js';
import globals from 'globals';

// No DOM in these: Node's tests run them too.
const PURE = [
  'state/*', 'csv/*', 'texts/**', 'chart/series', 'chart/zoom_range', 'lib/api', 'lib/format', 'lib/language', 'lib/messages', 'lib/names',
].map((name) => `public/scripts/${name}.js`);

export default [
  { ignores: ['node_modules/'] },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      // Text from a file or an answer must never become markup.
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Use textContent.' },
        { property: 'outerHTML', message: 'Use textContent.' },
        { property: 'insertAdjacentHTML', message: 'Use append.' },
      ],
    },
  },
  { files: ['public/**/*.js'], ignores: PURE, languageOptions: { globals: globals.browser } },
  { files: PURE, languageOptions: { globals: globals['shared-node-browser'] } },
  { files: ['public/scripts/**/*_worker.js'], languageOptions: { globals: globals.worker } },
  { files: ['*.js', 'tests/**/*.js'], languageOptions: { globals: globals.node } },
];

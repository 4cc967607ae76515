import js from '@eslint/js';
import globals from 'globals';

// These have no DOM, because Node runs them in the tests.
const PURE = [
  'state/*', 'csv/*', 'texts/**/*', 'chart/series', 'chart/zoom_range', 'lib/api', 'lib/format', 'lib/language', 'lib/messages', 'lib/names',
].map((name) => `public/scripts/${name}.js`);

export default [
  { ignores: ['node_modules/'] },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'max-len': ['error', { code: 100, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      // Text from a file or a response must never become markup.
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Use textContent.' },
        { property: 'outerHTML', message: 'Use textContent.' },
        { property: 'insertAdjacentHTML', message: 'Use append.' },
      ],
    },
  },
  { files: ['public/**/*.js'], ignores: PURE, languageOptions: { globals: globals.browser } },
  { files: ['public/scripts/texts/messages/*.js'], rules: { 'max-lines-per-function': 'off' } },
  { files: PURE, languageOptions: { globals: globals['shared-node-browser'] } },
  { files: ['public/scripts/**/*_worker.js'], languageOptions: { globals: globals.worker } },
  { files: ['*.js', 'tests/**/*.js'], languageOptions: { globals: globals.node } },
];

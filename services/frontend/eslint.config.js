import js from '@eslint/js';
import globals from 'globals';

const PURE = [
  'advice', 'api', 'api_texts', 'clipboard', 'excerpts', 'file_lines', 'format', 'headline', 'language', 'names', 'problems', 'queue', 'series', 'service',
  'spreadsheet', 'standing', 'ticker_rows', 'texts/*', 'zoom',
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
  // These run in Node's tests too: what only a browser has must not creep in.
  { files: ['public/scripts/*_worker.js'], languageOptions: { globals: globals.worker } },
  { files: PURE, languageOptions: { globals: globals['shared-node-browser'] } },
  { files: ['*.js', 'tests/**/*.js'], languageOptions: { globals: globals.node } },
];

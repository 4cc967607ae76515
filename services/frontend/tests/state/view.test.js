import assert from 'node:assert/strict';
import test from 'node:test';

import { isSameView, linkTo, viewOf } from '../../public/scripts/state/view.js';

test('without a fragment, or with one of its places, the view is the forecast', () => {
  for (const fragment of ['', '#', '#forecast', '#chart-title', '#watch']) {
    assert.deepEqual(viewOf(fragment), { name: 'forecast', ticker: null });
  }
});

test('the watch-list has a view of each ticker', () => {
  assert.deepEqual(viewOf('#watch-list'), { name: 'watch-list', ticker: null });
  assert.deepEqual(viewOf('#watch-list/'), { name: 'watch-list', ticker: null });
  assert.deepEqual(viewOf('#watch-list/AAPL'), { name: 'watch-list', ticker: 'AAPL' });
});

test('a link leads to its ticker, whatever characters it has', () => {
  for (const ticker of ['BRK/B', '^GSPC', 'A B', '100%', '#1', 'Ação']) {
    assert.equal(viewOf(linkTo(ticker)).ticker, ticker);
  }
  assert.equal(viewOf('#watch-list/100%').ticker, '100%');
});

test('views are the same if both their names and tickers are', () => {
  assert.equal(isSameView(viewOf(''), viewOf('#forecast')), true);
  assert.equal(isSameView(viewOf('#watch-list'), viewOf('#watch-list/AAPL')), false);
});

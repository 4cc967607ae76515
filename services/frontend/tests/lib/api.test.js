import assert from 'node:assert/strict';
import test from 'node:test';

import { explainsFor, getModel, getWatched, getWatchList, pointsFor, predict, Problem, Unreachable, Unreadable } from '../../public/scripts/lib/api.js';
import { MEAN_SESSIONS } from '../../public/scripts/state/headline.js';
import { history } from '../answers.js';

const body = {
  type: 'about:blank', title: 'The file cannot be used', status: 422, detail: '1 cell is not usable.', request_id: 'abc',
  errors: [{ row: 12, column: 'Volume', problem: 'expected a number' }],
};

function answerWith(t, answer) {
  return t.mock.method(globalThis, 'fetch', answer);
}

test('a problem has its errors, its request id and its retry time', async (t) => {
  answerWith(t, async () => Response.json(body, {
    status: 503, headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '30' },
  }));
  await assert.rejects(getModel(), (error) => {
    assert.ok(error instanceof Problem);
    assert.deepEqual(error.errors, body.errors);
    assert.equal(error.requestId, 'abc');
    assert.equal(error.retryAfter, 30);
    return true;
  });
});

test('an error page in HTML is a problem with its status', async (t) => {
  answerWith(t, async () => new Response('<h1>Oops</h1>', { status: 502, headers: { 'Content-Type': 'text/html' } }));
  await assert.rejects(getModel(), (error) => {
    assert.ok(error instanceof Problem);
    assert.deepEqual([error.status, error.errors], [502, []]);
    return true;
  });
});

test('a failed connection means unreachable', async (t) => {
  answerWith(t, async () => { throw new TypeError('Failed to fetch'); });
  await assert.rejects(getModel(), Unreachable);
});

test('a response that is not JSON is not from the API', async (t) => {
  answerWith(t, async () => new Response('<html>', { status: 200 }));
  await assert.rejects(getModel(), Unreachable);
});

test('a JSON response without a forecast is not from the API', async () => {
  const incomplete = [{ ...history, predictions: [] }, { ...history, track_record: null }];
  for (const strange of [null, {}, [], ...incomplete]) {
    await assert.rejects(predict(new File(['x'], 'x.csv'), { post: async () => Response.json(strange) }), Unreachable);
  }
  for (const strange of [null, { detail: {} }, { errors: 'none' }]) {
    await assert.rejects(predict(new File(['x'], 'x.csv'), { post: async () => Response.json(strange, { status: 422 }) }), Unreachable);
  }
});

test('a watched ticker has its forecasts and its scores by each group', async (t) => {
  const addresses = [];
  answerWith(t, async (address) => {
    addresses.push(address);
    return Response.json({ state: null, forecasts: [1], scores: [address] });
  });
  const { ticker, forecasts, scores } = await getWatched('BRK/B');
  assert.deepEqual([ticker, forecasts], ['BRK/B', [1]]);
  assert.equal(addresses[0], 'forecasts?ticker=BRK%2FB');
  for (const by of ['version', 'calendar', 'month']) {
    assert.deepEqual(scores[by], [`scorecard?ticker=BRK%2FB&by=${by}`]);
  }
});

test('a JSON response without forecasts is not from the API', async (t) => {
  answerWith(t, async () => Response.json({ state: null }));
  await assert.rejects(getWatchList(), Unreachable);
  await assert.rejects(getWatched('AAPL'), Unreachable);
});

test('an abort stays an abort', async (t) => {
  answerWith(t, async () => { throw new DOMException('aborted', 'AbortError'); });
  await assert.rejects(getModel(), { name: 'AbortError' });
});

test('a file is posted as the multipart field "file" under its own name', async () => {
  const sent = [];
  const post = async (...given) => { sent.push(given); return Response.json(history); };
  await predict(new File(['Date,Volume'], 'prices.csv'), { signal: new AbortController().signal, post });
  const [path, form] = sent[0];
  assert.match(path, /^predict\?points=\d+&explain=1$/);
  assert.equal(form.get('file').name, 'prices.csv');
});

test('choices about the reading are sent as query parameters', async () => {
  const sent = [];
  const post = async (...given) => { sent.push(given); return Response.json(history); };
  const choices = { dates: 'day-first', volume: 'Qtd & mais' };
  await predict(new File(['x'], 'x.csv'), { points: 9, explain: false, choices, post });
  assert.equal(sent[0][0], 'predict?points=9&dates=day-first&volume=Qtd+%26+mais');
});

test('a rejected file is a problem, but a lost connection is not', async () => {
  const file = new File(['x'], 'x.csv');
  const refused = async () => Response.json(body, { status: 422 });
  await assert.rejects(predict(file, { post: refused }), Problem);
  const lost = async () => { throw new TypeError('The connection failed'); };
  await assert.rejects(predict(file, { post: lost }), Unreachable);
});

// A file that can be read only a given number of times.
function fileOfReads(reads) {
  let left = reads;
  const file = new File(['x'], 'x.csv');
  file.slice = () => ({
    async arrayBuffer() {
      left -= 1;
      if (left < 0) throw new DOMException('The file changed', 'NotReadableError');
    },
  });
  return file;
}

test('a file that cannot be read is not sent', async () => {
  const post = async () => assert.fail('sent');
  await assert.rejects(predict(fileOfReads(0), { post }), Unreadable);
});

test('a file that changes while it is sent is not a lost connection', async () => {
  const post = async () => { throw new TypeError('The connection failed'); };
  await assert.rejects(predict(fileOfReads(1), { post }), Unreadable);
  await assert.rejects(predict(fileOfReads(2), { post }), Unreachable);
});

test('reasons are requested only for a file that has few tickers', () => {
  assert.equal(explainsFor(20_000), true);
  assert.equal(explainsFor(60_000_000), false);
});

test('fewer points are requested for a file that may have many tickers', () => {
  assert.ok(pointsFor(20_000) > pointsFor(60_000_000));
  assert.ok(pointsFor(60_000_000) >= MEAN_SESSIONS);
});

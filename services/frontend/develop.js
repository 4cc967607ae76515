// Serves the page for development without containers, as nginx would.
//
//   npm ci && npm start        then open http://localhost:5001; API requests go to API_ADDRESS

import { createReadStream, readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const PORT = Number(process.env.PORT ?? 5001);
const API_ADDRESS = process.env.API_ADDRESS ?? 'http://127.0.0.1:8000';
const MAX_UPLOAD_MB = Number(process.env.MAX_UPLOAD_MB ?? 64);
const API_PATHS = new Set([
  '/predict', '/model', '/forecasts', '/scorecard', '/healthz', '/readyz', '/sample.csv',
  '/openapi.json',
]);
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

const here = fileURLToPath(new URL('.', import.meta.url));
const PUBLIC = join(here, 'public');
// The same content security policy as nginx's.
const HEADERS = readFileSync(join(here, 'nginx/security_headers.conf'), 'utf8');
const [, POLICY] = HEADERS.match(/Content-Security-Policy "([^"]+)"/);
const VENDOR = { '/vendor/uplot/': join(here, 'node_modules/uplot/dist/') };

createServer((incoming, outgoing) => {
  const { pathname } = new URL(incoming.url, 'http://localhost');
  if (API_PATHS.has(pathname) || /^\/v2(\/|$)/.test(pathname)) return forward(incoming, outgoing);
  if (pathname === '/settings.json') return sendJson(outgoing, 200, { max_upload_mb: MAX_UPLOAD_MB });
  return sendFile(pathname, outgoing);
}).listen(PORT, '127.0.0.1', () => console.log(`http://localhost:${PORT} -> ${API_ADDRESS}`));

function forward(incoming, outgoing) {
  const { method, headers } = incoming;
  const forwarded = request(new URL(incoming.url, API_ADDRESS), { method, headers }, (reply) => {
    outgoing.writeHead(reply.statusCode, reply.headers);
    reply.pipe(outgoing);
  });
  forwarded.on('error', ({ message }) => sendJson(outgoing, 503, {
    type: 'about:blank',
    title: 'Forecaster not available',
    status: 503,
    code: 'api_unavailable',
    params: {},
    detail: message,
    request_id: '',
    errors: [],
  }));
  incoming.pipe(forwarded);
}

function sendFile(pathname, outgoing) {
  const file = createReadStream(fileOf(pathname));
  file.once('open', () => {
    const type = TYPES[extname(file.path)] ?? 'application/octet-stream';
    outgoing.writeHead(200, {
      'Content-Type': type, 'Cache-Control': 'no-cache', 'Content-Security-Policy': POLICY,
    });
    file.pipe(outgoing);
  });
  file.once('error', () => answer(outgoing, 404, 'text/plain', 'Not found'));
}

// normalize() removes ".." before the folder is prepended.
function fileOf(pathname) {
  const path = normalize(pathname === '/' ? '/index.html' : pathname);
  const vendor = Object.keys(VENDOR).find((prefix) => path.startsWith(prefix));
  return vendor ? join(VENDOR[vendor], path.slice(vendor.length)) : join(PUBLIC, path);
}

function answer(outgoing, status, type, text) {
  outgoing.writeHead(status, { 'Content-Type': type });
  outgoing.end(text);
}

function sendJson(outgoing, status, body) {
  answer(outgoing, status, 'application/json', JSON.stringify(body));
}

// Posts a form like fetch, and reports the upload progress, which fetch cannot.

export function postForm(path, form, { signal, onSent }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('Accept', 'application/json');
    request.responseType = 'blob';
    request.upload.addEventListener('progress', ({ loaded, total }) => onSent(total ? loaded / total : 0));
    request.upload.addEventListener('load', () => onSent(1));
    request.addEventListener('load', () => resolve(responseOf(request)));
    // The same errors as from fetch.
    request.addEventListener('error', () => reject(new TypeError('The connection failed')));
    request.addEventListener('abort', () => reject(new DOMException('Aborted', 'AbortError')));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    if (signal.aborted) return reject(new DOMException('Aborted', 'AbortError'));
    request.send(form);
  });
}

function responseOf(request) {
  const { status, statusText, response } = request;
  const lines = request.getAllResponseHeaders().trim().split('\r\n').filter(Boolean);
  return new Response(response, { status, statusText, headers: lines.map((line) => line.split(/: ?(.*)/s).slice(0, 2)) });
}

// Cuts a ticker's rows out of a large file beside the page, which stays quick meanwhile.

import { createCut } from './ticker_rows.js';

addEventListener('message', async ({ data: { text, ticker } }) => {
  try {
    const cut = createCut(ticker);
    const pieces = text.stream().pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await pieces.read(); !piece.done; piece = await pieces.read()) cut.take(piece.value);
    postMessage({ rows: cut.end() });
  } catch (error) {
    // Such as a file that was changed on the disk since it was chosen.
    postMessage({ problem: error.message });
  }
});

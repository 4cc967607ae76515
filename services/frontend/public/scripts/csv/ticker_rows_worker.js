// Extracts a ticker's rows from a large file in the background, so the page stays responsive.

import { createCut, labelOf } from './ticker_rows.js';

addEventListener('message', async ({ data: { text, ticker, reading } }) => {
  try {
    const cut = createCut(ticker, reading);
    const label = labelOf(reading.encoding);
    const pieces = text.stream().pipeThrough(new TextDecoderStream(label)).getReader();
    for (let piece = await pieces.read(); !piece.done; piece = await pieces.read()) {
      cut.take(piece.value);
    }
    postMessage({ rows: cut.end() });
  } catch (error) {
    // For example, the file changed on disk after it was chosen.
    postMessage({ problem: error.message });
  }
});

// Extracts a ticker's rows from a large file in the background, so the page stays responsive.

import { createCut, isContainer, labelOf } from './ticker_rows.js';

addEventListener('message', async ({ data: { text, ticker, reading } }) => {
  try {
    if (isContainer(await text.slice(0, 4).text(), reading)) return postMessage({ rows: text });
    const cut = createCut(ticker, reading);
    const label = labelOf(reading.encoding);
    const pieces = text.stream().pipeThrough(new TextDecoderStream(label)).getReader();
    for (let piece = await pieces.read(); !piece.done; piece = await pieces.read()) {
      cut.take(piece.value);
    }
    return postMessage({ rows: cut.end() });
  } catch (error) {
    // For example, the file changed on disk after it was chosen.
    return postMessage({ problem: error.message });
  }
});

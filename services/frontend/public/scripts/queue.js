// The files of this visit, and which of them is shown. No DOM.

export function fileOf({ files }, id) {
  return files.find((file) => file.id === id) ?? null;
}

// The file whose answer stands on the page.
export function answeredFile(state) {
  return fileOf(state, state.answered);
}

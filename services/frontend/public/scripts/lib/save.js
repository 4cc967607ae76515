// Saves a file that the page made, as a download.

export function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads it after this task.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function saveCsv(text, name) {
  save(new Blob([text], { type: 'text/csv;charset=utf-8' }), `${name}.csv`);
}

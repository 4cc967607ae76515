// Files and text that are dropped or pasted anywhere on the page, except text into its fields.

// onFiles   called with files and with the names of folders
// onText    called with text
// onOver    called with true while something that can be dropped is over the page, otherwise false
export function listenForDrops({ onFiles, onText, onOver }) {
  let isOwnDrag = false; // of text or a link of this page
  let depth = 0; // dragenter and dragleave also come from every child
  const isWanted = (event) => !isOwnDrag && !isForField(event) && hasContent(event.dataTransfer);
  const move = (event, change) => {
    if (!isWanted(event)) return;
    depth = Math.max(0, depth + change);
    onOver(depth > 0);
  };

  document.addEventListener('dragstart', () => { isOwnDrag = true; });
  document.addEventListener('dragend', () => { isOwnDrag = false; });
  document.addEventListener('dragenter', (event) => move(event, +1));
  document.addEventListener('dragleave', (event) => move(event, -1));
  // The whole page accepts drops: one that misses the box must not navigate away.
  document.addEventListener('dragover', (event) => isForField(event) || event.preventDefault());
  document.addEventListener('drop', (event) => {
    depth = 0;
    onOver(false);
    if (isForField(event)) return;
    event.preventDefault();
    const wanted = isWanted(event);
    isOwnDrag = false; // the dragged element may leave the page, and dragend then never comes
    if (!wanted) return;
    const { files, folders } = droppedIn(event.dataTransfer);
    if (files.length + folders.length > 0) onFiles(files, folders);
    else onText(event.dataTransfer.getData('text/plain'));
  });
  document.addEventListener('paste', (event) => {
    if (isField(event.target)) return;
    const { files } = event.clipboardData;
    const text = event.clipboardData.getData('text/plain');
    // A spreadsheet also puts an image of the cells on the clipboard.
    if (text) onText(text);
    else onFiles([...files], []);
  });
}

// Whether there are files or text. The URL of a link or an image is not a table.
function hasContent(dataTransfer) {
  const types = dataTransfer?.types ?? [];
  return types.includes('Files') || (types.includes('text/plain') && !types.includes('text/uri-list'));
}

function isField(element) {
  return Boolean(element.closest?.('textarea, input'));
}

// Text that is dropped into a field of the page belongs to that field; a file never does.
function isForField({ target, dataTransfer }) {
  return isField(target) && !dataTransfer.types.includes('Files');
}

// A folder cannot be read as a file, and only a drop shows which items are folders.
function droppedIn({ items }) {
  const found = [...items].filter(({ kind }) => kind === 'file')
    .map((item) => ({ file: item.getAsFile(), entry: item.webkitGetAsEntry?.() }));
  return {
    files: found.filter(({ file, entry }) => file && !entry?.isDirectory).map(({ file }) => file),
    folders: found.filter(({ entry }) => entry?.isDirectory).map(({ entry }) => entry.name),
  };
}

// Puts a component's words into its markup: data-text="key" as text, data-label="key" as accessible name.

export function fillTexts(root, texts) {
  for (const element of root.querySelectorAll('[data-text]')) {
    if (element.dataset.text in texts) element.textContent = texts[element.dataset.text];
  }
  for (const element of root.querySelectorAll('[data-label]')) {
    if (element.dataset.label in texts) element.setAttribute('aria-label', texts[element.dataset.label]);
  }
}

// The elements of a component that its update() writes to, by their data-part.
export function partsOf(root) {
  const parts = {};
  for (const element of root.querySelectorAll('[data-part]')) parts[element.dataset.part] = element;
  return parts;
}

// Writes only what changed: a live region speaks again whenever its text is set.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Puts a component's texts into its markup: data-text="key" as text, data-label="key" as
// accessible name.

export function fillTexts(root, texts) {
  for (const element of root.querySelectorAll('[data-text]')) {
    if (element.dataset.text in texts) setText(element, texts[element.dataset.text]);
  }
  for (const element of root.querySelectorAll('[data-label]')) {
    const label = texts[element.dataset.label];
    if (label !== undefined && element.getAttribute('aria-label') !== label) element.setAttribute('aria-label', label);
  }
}

// The elements of a component that its update() writes to, by their data-part.
export function partsOf(root) {
  const parts = {};
  for (const element of root.querySelectorAll('[data-part]')) parts[element.dataset.part] = element;
  return parts;
}

// Writes only changes, because a live region speaks whenever its text is set.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function textElement(tag, text, className = '') {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

export function elementWith(tag, parts, className = '') {
  const element = document.createElement(tag);
  element.append(...parts);
  if (className) element.className = className;
  return element;
}

// An element with attributes, by name, and children: elements or texts.
export function built(tag, attributes = {}, ...children) {
  const element = elementWith(tag, children);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// Marks text that is not in the page's language, so it is read aloud correctly.
export function inLanguage(element, lang, pageLanguage) {
  if (lang === pageLanguage) element.removeAttribute('lang');
  else element.lang = lang;
  return element;
}

// A disabled button keeps the focus, so keyboard users don't lose their place on the last page.
export function setEnabled(button, isOn) {
  button.setAttribute('aria-disabled', String(!isOn));
}

export function isEnabled(button) {
  return button.getAttribute('aria-disabled') !== 'true';
}

// scope   'col' or 'row'
export function headerCell(content, scope) {
  const cell = elementWith('th', [content]);
  cell.scope = scope;
  return cell;
}

// Replaces a list's options, [value, text], only if they differ: a list that is open would close.
export function fillSelect(select, options) {
  const key = JSON.stringify(options);
  if (select.dataset.key === key) return;
  select.dataset.key = key;
  select.replaceChildren(...options.map(([value, text]) => {
    const option = textElement('option', text);
    option.value = value;
    return option;
  }));
}

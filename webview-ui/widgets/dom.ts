/** Elements in one expression. Text is always set as text: names of files can be anything. */

type Attributes = Readonly<Record<string, string | number | boolean>>;

/** An element with attributes (`true` stands for an empty one, `false` for none) and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** Sets attributes; `false` takes one away. */
export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
}

/** Changes text only where it differs, so that a screen reader is not told the same again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A codicon; decoration, hidden from screen readers. */
export function icon(name: string): HTMLElement {
  return make('span', { class: `codicon codicon-${name}`, 'aria-hidden': 'true' });
}

export interface ButtonParts {
  readonly label: string;
  readonly icon?: string;
  /** Shows the icon alone; the label is then its name and its tooltip. */
  readonly iconOnly?: boolean;
  readonly title?: string;
  readonly primary?: boolean;
  readonly press: () => void;
}

export function button(parts: ButtonParts): HTMLButtonElement {
  const { label, iconOnly = false, primary = false, title = iconOnly ? label : '' } = parts;
  const classes = ['button', primary ? 'primary' : '', iconOnly ? 'icon-only' : ''];
  const element = make('button', { type: 'button', class: classes.join(' ').trim() });
  if (parts.icon !== undefined) element.append(icon(parts.icon));
  if (iconOnly) element.setAttribute('aria-label', label);
  else element.append(make('span', {}, label));
  if (title !== '') element.title = title;
  element.addEventListener('click', parts.press);
  return element;
}

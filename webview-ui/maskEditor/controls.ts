/** Controls that the editor's bars are made of: sliders with their value, checks, and panels that open. */
import { icon, make, setText } from '../widgets/dom.ts';

export interface Slider {
  readonly element: HTMLElement;
  show(value: number): void;
}

export interface SliderParts {
  readonly label: string;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  /** As it is shown and said. */
  readonly text: (value: number) => string;
  readonly change: (value: number) => void;
}

export function slider({ label, name, min, max, step = 1, text, change }: SliderParts): Slider {
  const input = make('input', { type: 'range', min, max, step, 'aria-label': label });
  const value = make('span', { class: 'slider-value', 'aria-hidden': 'true' });
  const draw = (): void => {
    setText(value, text(input.valueAsNumber));
    input.setAttribute('aria-valuetext', text(input.valueAsNumber));
  };
  input.addEventListener('input', () => {
    draw();
    change(input.valueAsNumber);
  });
  const words = make('span', { class: 'slider-label', 'aria-hidden': 'true' }, label);
  const element = make('label', { class: 'slider', 'data-slider': name }, words, input, value);
  return {
    element,
    show: (next) => {
      input.valueAsNumber = next;
      draw();
    },
  };
}

export interface Check {
  readonly element: HTMLElement;
  show(checked: boolean, enabled?: boolean): void;
}

export function check(label: string, change: (checked: boolean) => void): Check {
  const input = make('input', { type: 'checkbox' });
  input.addEventListener('change', () => change(input.checked));
  return {
    element: make('label', { class: 'check' }, input, make('span', {}, label)),
    show: (checked, enabled = true) => {
      input.checked = checked;
      input.disabled = !enabled;
    },
  };
}

/** A button that opens a panel below itself; the browser closes it on Escape and on a press elsewhere. */
export function panel(label: string, name: string, ...content: readonly Node[]): HTMLElement[] {
  const body = make(
    'div',
    { class: 'panel', popover: 'auto', id: `panel-${name}`, role: 'group', 'aria-label': label },
    ...content,
  );
  const opener = make(
    'button',
    { type: 'button', class: 'button', popovertarget: body.id, 'aria-expanded': 'false' },
    make('span', {}, label),
    icon('chevron-down'),
  );
  body.addEventListener('toggle', () => {
    opener.setAttribute('aria-expanded', String(body.matches(':popover-open')));
  });
  body.addEventListener('beforetoggle', () => {
    const { bottom, left } = opener.getBoundingClientRect();
    body.style.top = `${bottom + 4}px`;
    body.style.left = `${Math.max(4, Math.min(left, window.innerWidth - 300))}px`;
  });
  // Plain keys in a panel are the panel's: VS Code would take letters for tools and Escape for the editor.
  body.addEventListener('keydown', (event) => {
    if (!event.ctrlKey && !event.metaKey && !/^F\d/.test(event.key)) event.stopPropagation();
  });
  return [opener, body];
}

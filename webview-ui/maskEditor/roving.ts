/** A group of buttons as one stop of the tab key; arrow keys, Home and End move within. */

const steps: Readonly<Partial<Record<string, number>>> = {
  ...{ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 },
};

export function rove(group: HTMLElement): void {
  const buttons = (): HTMLButtonElement[] =>
    [...group.querySelectorAll<HTMLButtonElement>('button')].filter(
      (button) => !button.disabled && button.offsetParent !== null,
    );
  const stopAt = (stop: Element | undefined): void => {
    for (const button of group.querySelectorAll('button')) {
      button.tabIndex = button === stop ? 0 : -1;
    }
  };
  stopAt(group.querySelector('button') ?? undefined);
  group.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLButtonElement) stopAt(target);
  });
  group.addEventListener('keydown', (event) => {
    const all = buttons();
    const at = all.findIndex((button) => button === document.activeElement);
    const { key } = event;
    // With these, arrows are commands of VS Code.
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = steps[key];
    const next =
      key === 'Home' ? 0 : key === 'End' ? all.length - 1 : step === undefined ? -1 : at + step;
    if (at < 0 || (step === undefined && next < 0)) return;
    event.preventDefault();
    event.stopPropagation();
    all[(next + all.length) % all.length]?.focus();
  });
}

/** A mouse on a button or slider means that one thing: keys are the stage's again, as in any painting program. */
export function giveFocusBack(bar: HTMLElement, stage: HTMLElement): void {
  bar.addEventListener('click', (event) => {
    const control = event.target instanceof Element ? event.target.closest('button, input') : null;
    // A key makes a click without a count; a panel's controls are used several in a row.
    if (event.detail === 0 || !control || control.closest('.panel')) return;
    if (!control.hasAttribute('popovertarget')) stage.focus({ preventScroll: true });
  });
}

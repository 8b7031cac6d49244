/** VS Code's colours for what is drawn on a canvas, read anew whenever the theme changes. */

export interface ThemeColours {
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly background: string;
  /** Of curves, in their order; they differ by dash and mark as well. */
  readonly curves: readonly string[];
  readonly font: string;
}

const curveVariables = ['--curve-1', '--curve-2', '--curve-3'];

export function readColours(): ThemeColours {
  const style = getComputedStyle(document.body);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  return {
    text: style.color,
    quiet: value('--quiet-solid'),
    line: value('--chart-line'),
    background: style.backgroundColor,
    curves: curveVariables.map(value),
    font: `${style.fontSize} ${style.fontFamily}`,
  };
}

/** Calls when the theme changes, once for all that changes with it. Gives what ends it. */
export function onThemeChange(listener: () => void): () => void {
  let waiting = false;
  const changed = (): void => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      listener();
    });
  };
  const observer = new MutationObserver(changed);
  // VS Code names the theme on the body, and sets its variables on the root.
  observer.observe(document.body, { attributes: true });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  const forced = matchMedia('(forced-colors: active)');
  forced.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    forced.removeEventListener('change', changed);
  };
}

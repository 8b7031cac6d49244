/** What a page keeps over a reload of the window: written when it changed, now and then and when the page goes. */
import type { Host } from './host.ts';

const pause = 1000;

/** Begins to keep; gives a function that writes at once. `state` gives undefined where there is nothing to keep. */
export function keepingState(
  host: Pick<Host<never>, 'keepState'>,
  state: () => unknown,
): () => void {
  let kept = '';
  const keep = (): void => {
    const now = state();
    const text = JSON.stringify(now);
    if (now === undefined || text === kept) return;
    kept = text;
    host.keepState(now);
  };
  // Now and then, not only when the page goes: a killed window says nothing before.
  window.addEventListener('pagehide', keep);
  setInterval(keep, pause);
  return keep;
}

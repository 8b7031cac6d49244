/**
 * The events of a run as the training view needs them again when it comes back: all but the steps of epochs
 * that are over, so that a run of days stays small.
 */
import type { RunEvent } from '../../protocol/run.ts';

export class EventHistory {
  #kept: RunEvent[] = [];
  #steps: RunEvent[] = [];

  add(events: readonly RunEvent[]): void {
    for (const event of events) this.#take(event);
  }

  /** Steps last: they are of the epoch that is going on. */
  get all(): readonly RunEvent[] {
    return [...this.#kept, ...this.#steps];
  }

  #take(event: RunEvent): void {
    switch (event.kind) {
      case 'checkpoint':
        return;
      case 'step': {
        const [first] = this.#steps;
        if (first?.kind === 'step' && first.epoch !== event.epoch) this.#steps = [];
        this.#steps.push(event);
        return;
      }
      case 'epoch':
        this.#steps = [];
        this.#kept.push(event);
        return;
      case 'state':
      case 'validation':
      case 'warning':
      case 'error':
        this.#kept.push(event);
    }
  }
}

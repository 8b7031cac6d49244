/** VS Code's events and cancellation without VS Code. */
import type { CancellationToken, Event } from 'vscode';

export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => unknown>();

  readonly event: Event<T> = (listener) => {
    this.#listeners.add(listener);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- VS Code's class does not exist here
    return { dispose: () => this.#listeners.delete(listener) };
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}

export class CancellationSource {
  readonly #cancelled = new Emitter<unknown>();
  readonly #token = { isCancellationRequested: false };

  get token(): CancellationToken {
    return Object.assign(this.#token, { onCancellationRequested: this.#cancelled.event });
  }

  cancel(): void {
    this.#token.isCancellationRequested = true;
    this.#cancelled.fire(undefined);
  }

  dispose(): void {
    return undefined;
  }
}

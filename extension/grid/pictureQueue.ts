/**
 * Pictures as they are wanted: a few at a time, the most wanted first. A newer list of wishes replaces the
 * older one, and what nobody waits for any more is cancelled.
 */
import type { CancellationToken } from 'vscode';
import type { PictureKind } from '../../protocol/webview.ts';

export interface Cancellation {
  readonly token: CancellationToken;
  cancel(): void;
  dispose(): void;
}

export interface Picture {
  readonly image: string;
  /** Absolute path, null for an image that cannot be read. */
  readonly file: string | null;
}

export interface PictureQueueParts {
  readonly fetch: (
    wish: { readonly kind: PictureKind; readonly side: number; readonly images: readonly string[] },
    token: CancellationToken,
  ) => Promise<readonly (string | null)[]>;
  readonly deliver: (kind: PictureKind, side: number, pictures: readonly Picture[]) => void;
  readonly failed: (error: unknown) => void;
  readonly newCancellation: () => Cancellation;
  /** Pictures of one request, and requests at a time. */
  readonly batch: number;
  readonly atOnce: number;
}

interface Flight {
  readonly kind: PictureKind;
  readonly side: number;
  readonly images: ReadonlySet<string>;
  readonly cancellation: Cancellation;
}

export class PictureQueue {
  readonly #parts: PictureQueueParts;
  readonly #flights = new Set<Flight>();
  #kind: PictureKind = 'plain';
  #side = 0;
  #waiting: string[] = [];

  constructor(parts: PictureQueueParts) {
    this.#parts = parts;
  }

  /** Replaces what was wanted before. */
  want(kind: PictureKind, side: number, images: readonly string[]): void {
    const wanted = new Set(images);
    this.#kind = kind;
    this.#side = side;
    for (const flight of this.#flights) {
      const same = flight.kind === kind && flight.side === side;
      const awaited = same && [...flight.images].some((image) => wanted.has(image));
      if (!awaited) this.#drop(flight);
    }
    const coming = new Set([...this.#flights].flatMap((flight) => [...flight.images]));
    this.#waiting = [...wanted].filter((image) => !coming.has(image));
    this.#start();
  }

  dispose(): void {
    this.#waiting = [];
    for (const flight of this.#flights) this.#drop(flight);
  }

  #drop(flight: Flight): void {
    this.#flights.delete(flight);
    flight.cancellation.cancel();
  }

  #start(): void {
    const { batch, atOnce, newCancellation } = this.#parts;
    while (this.#waiting.length > 0 && this.#flights.size < atOnce) {
      const images = this.#waiting.splice(0, batch);
      const cancellation = newCancellation();
      const flight = {
        ...{ kind: this.#kind, side: this.#side },
        ...{ images: new Set(images), cancellation },
      };
      this.#flights.add(flight);
      void this.#fly(flight, images);
    }
  }

  async #fly(flight: Flight, images: readonly string[]): Promise<void> {
    const { kind, side, cancellation } = flight;
    const { fetch, deliver, failed } = this.#parts;
    try {
      const files = await fetch({ kind, side, images }, cancellation.token);
      const pictures = images.map((image, i) => ({ image, file: files[i] ?? null }));
      if (this.#flights.has(flight)) deliver(kind, side, pictures);
    } catch (error) {
      // What was dropped fails because we cancelled it.
      if (this.#flights.has(flight)) failed(error);
    } finally {
      this.#flights.delete(flight);
      cancellation.dispose();
      this.#start();
    }
  }
}

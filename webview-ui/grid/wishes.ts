/** Asks for the pictures in sight, a little at a time, and for each only while it is wanted. */
import type { FromGrid, PictureKind } from '../../protocol/webview.ts';
import { thumbnailSides } from '../../protocol/webview.ts';
import type { PictureStore } from './pictureStore.ts';

type Post = (message: FromGrid) => void;

/** Scrolling goes past many images: what is in sight after this is asked for. */
const pause = 60;
/** After a change, pictures that may have changed wait until nothing else changes. */
const quiet = 900;

/** The size to ask for: the least that is not drawn larger than it is. */
export function sideFor(pixels: number): number {
  return thumbnailSides.find((side) => side >= pixels) ?? thumbnailSides.at(-1) ?? 0;
}

export interface Wish {
  readonly kind: PictureKind;
  readonly side: number;
  /** The most wanted first. */
  readonly images: readonly string[];
}

export class Wishes {
  readonly #store: PictureStore;
  readonly #post: Post;
  readonly #wish: () => Wish;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Runs until those that may have changed are asked for. */
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #quietAt = 0;
  #last = '';

  constructor(store: PictureStore, post: Post, wish: () => Wish) {
    this.#store = store;
    this.#post = post;
    this.#wish = wish;
  }

  /** The dataset changed: what was asked for is asked again. */
  renew(): void {
    this.#store.doubt();
    this.#quietAt = performance.now() + quiet;
    this.#last = '';
    this.soon();
  }

  soon(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#ask();
    }, pause);
  }

  #askWhenQuiet(wait: number): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.soon(), wait + 1);
  }

  #ask(): void {
    const { kind, side, images } = this.#wish();
    const wanted = this.#store.absent(kind, side, images);
    const doubtful = this.#store.doubtful(kind, side, images);
    const wait = this.#quietAt - performance.now();
    if (wait <= 0) wanted.push(...doubtful);
    else if (doubtful.length > 0) this.#askWhenQuiet(wait);
    const message: FromGrid = { type: 'pictures', kind, side, images: wanted.slice(0, 2000) };
    const text = JSON.stringify(message);
    if (text === this.#last) return;
    this.#last = text;
    this.#post(message);
  }
}

/**
 * Addresses of pictures by kind, size and image. After a change of the dataset they are still shown, and asked
 * for again once all that is missing came: mostly they are the same.
 */
import type { PictureKind } from '../../protocol/webview.ts';

/** `null`: the image cannot be read. */
export type Address = string | null;

interface Entry {
  readonly uri: Address;
  readonly stale: boolean;
}

export interface ReceivedPictures {
  readonly kind: PictureKind;
  readonly side: number;
  readonly pictures: readonly { readonly image: string; readonly uri: Address }[];
}

export class PictureStore {
  readonly #most: number;
  readonly #byLook = new Map<string, Map<string, Entry>>();
  readonly #failed = new Set<string>();

  /** `most` addresses of each kind and size are kept. */
  constructor(most = 5000) {
    this.#most = most;
  }

  take({ kind, side, pictures }: ReceivedPictures): void {
    const entries = this.#entries(kind, side);
    for (const { image, uri } of pictures) {
      // Set anew, it counts as the newest.
      entries.delete(image);
      entries.set(image, { uri, stale: false });
    }
    for (const oldest of entries.keys()) {
      if (entries.size <= this.#most) break;
      entries.delete(oldest);
    }
  }

  /** The picture to show: of the size that is wanted, else of another; undefined when there is none yet. */
  find(kind: PictureKind, side: number, image: string): Address | undefined {
    const wanted = this.#entries(kind, side).get(image);
    if (wanted !== undefined) return wanted.uri;
    for (const [look, entries] of this.#byLook) {
      const other = entries.get(image)?.uri;
      if (look.startsWith(`${kind}/`) && typeof other === 'string') return other;
    }
    return undefined;
  }

  /** Those of some images that have no picture yet. */
  absent(kind: PictureKind, side: number, images: readonly string[]): string[] {
    const entries = this.#entries(kind, side);
    return images.filter((image) => !entries.has(image));
  }

  /** Those of some images that may have another picture by now. */
  doubtful(kind: PictureKind, side: number, images: readonly string[]): string[] {
    const entries = this.#entries(kind, side);
    return images.filter((image) => entries.get(image)?.stale === true);
  }

  /** The dataset changed, and any picture may have. */
  doubt(): void {
    this.#failed.clear();
    for (const entries of this.#byLook.values()) {
      for (const [image, { uri }] of entries) entries.set(image, { uri, stale: true });
    }
  }

  /** A picture could not be loaded: it is asked for once more, then the image counts as one that cannot be read. */
  fail(kind: PictureKind, side: number, image: string): void {
    const key = `${kind}/${side}/${image}`;
    const entries = this.#entries(kind, side);
    if (this.#failed.has(key)) entries.set(image, { uri: null, stale: false });
    else entries.delete(image);
    this.#failed.add(key);
  }

  #entries(kind: PictureKind, side: number): Map<string, Entry> {
    const look = `${kind}/${side}`;
    const known = this.#byLook.get(look);
    if (known !== undefined) return known;
    const entries = new Map<string, Entry>();
    this.#byLook.set(look, entries);
    return entries;
  }
}

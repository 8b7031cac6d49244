/**
 * Which image of the dataset an entry of a source means: the one of the same path, else the only one of the
 * same file name, else the only one of the same name without its ending, else the one that is named so before a
 * tool put a hash into one of both names. Unicode forms and the case of endings do not count. Nothing is guessed.
 */
import { nameKey, wordKey } from '../../../../protocol/names.ts';
import { withoutEnding } from '../../fileTree.ts';
import type { ReferenceKind, SourceName } from './contract.ts';
import { withoutHash } from './hashedNames.ts';

const maskEndings = /_(mask|GT|gt|label)$/;

export const withoutMaskEnding = (stem: string): string => stem.replace(maskEndings, '');

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** One image, or those that fit: none or several. */
export type Match =
  | {
      readonly image: string;
      /** By its path, not by the file's name alone. */ readonly isExact: boolean;
      /** How it was found where its own name does not say it: without a hash in one of both names, by its other name. */
      readonly by?: 'plain name' | 'other name';
    }
  | { readonly several: readonly string[] };

/** A name as a web address or a form has it: `%20` for a blank, a question behind the path. */
function asInAddress(reference: string): string {
  const path = /^\w+:\/\//.test(reference) ? reference.replace(/[?#].*$/, '') : reference;
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

/** Forward slashes, without `./` before it and `..` within. */
export function cleanReference(reference: string): string {
  const parts: string[] = [];
  for (const part of reference.replaceAll('\\', '/').split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

export class ImageNames {
  readonly #images: ReadonlySet<string>;
  readonly #byPath = new Map<string, string[]>();
  readonly #byStemPath = new Map<string, string[]>();
  readonly #byName = new Map<string, string[]>();
  readonly #byStem = new Map<string, string[]>();
  /** Images whose own names hold a hash, by their names without it and without ending. */
  readonly #byPlainStem = new Map<string, string[]>();
  /** For advice alone. */
  readonly #byWord = new Map<string, string>();

  constructor(images: Iterable<string>) {
    this.#images = new Set(images);
    const add = (map: Map<string, string[]>, key: string, image: string): void => {
      const known = map.get(key);
      if (known === undefined) map.set(key, [image]);
      else known.push(image);
    };
    for (const image of this.#images) {
      const key = nameKey(image);
      add(this.#byPath, key, image);
      add(this.#byStemPath, withoutEnding(key), image);
      add(this.#byName, nameOf(key), image);
      add(this.#byStem, withoutEnding(nameOf(key)), image);
      this.#byWord.set(wordKey(withoutEnding(nameOf(key))), image);
      const plain = withoutHash(nameOf(key));
      if (plain !== undefined) add(this.#byPlainStem, withoutEnding(plain), image);
    }
  }

  /** `several` is empty where none fits. */
  match(reference: string, kind: ReferenceKind): Match {
    const found = this.#plainMatch(reference, kind);
    const address = asInAddress(reference);
    if ('image' in found || found.several.length > 0 || address === reference) return found;
    return this.#plainMatch(address, kind);
  }

  /** As `match`, of all names of an entry: `several` holds both images where they mean two. */
  matchOf({ reference, kind, also }: SourceName & { readonly also?: SourceName }): Match {
    const first = this.match(reference, kind);
    if (also === undefined) return first;
    const second = this.match(also.reference, also.kind);
    if (!('image' in first)) {
      if (first.several.length > 0 || !('image' in second)) return first;
      return { ...second, by: 'other name' };
    }
    if (!('image' in second) || second.image === first.image) return first;
    return { several: [first.image, second.image] };
  }

  /** An image whose name is nearly the one that no image has: but for case, blanks and the like, or for what is before it. */
  near(reference: string): string | undefined {
    const stem = withoutEnding(nameOf(nameKey(cleanReference(reference))));
    const words = [stem, withoutMaskEnding(stem), stem.replace(/^[^-_]*[-_]/, '')];
    return first(words.map(wordKey), (word) => this.#byWord.get(word));
  }

  #plainMatch(reference: string, kind: ReferenceKind): Match {
    const own = cleanReference(reference);
    if (this.#images.has(own)) return { image: own, isExact: true };
    const path = nameKey(own);
    const byPath = kind === 'image' ? this.#byPath.get(path) : this.#byOtherPath(path, kind);
    const named = byPath ?? this.#ofName(path, kind);
    const found = named.length > 0 ? named : this.#withoutHash(path, kind);
    const [image] = found;
    if (found.length !== 1 || image === undefined) return { several: found };
    const by = named.length === 0 ? ({ by: 'plain name' } as const) : {};
    return { image, isExact: byPath !== undefined, ...by };
  }

  /** Of two names with a hash each, both are of different uploads: one of them must be plain. */
  #withoutHash(path: string, kind: ReferenceKind): readonly string[] {
    const plain = withoutHash(nameOf(path));
    if (plain !== undefined) return this.#ofName(plain, kind);
    const stems = stemsOf(withoutEnding(nameOf(path)), kind);
    return first(stems, (stem) => this.#byPlainStem.get(stem)) ?? [];
  }

  #ofName(path: string, kind: ReferenceKind): readonly string[] {
    return kind === 'image' ? this.#ofImage(path) : this.#ofOther(path, kind);
  }

  #byOtherPath(path: string, kind: 'label' | 'mask'): readonly string[] | undefined {
    const stem = withoutEnding(path);
    return (
      first([path, nameKey(stem)], (whole) => this.#byPath.get(whole)) ??
      first(stemsOf(stem, kind), (one) => this.#byStemPath.get(one))
    );
  }

  #ofImage(path: string): readonly string[] {
    const name = nameOf(path);
    return this.#byName.get(name) ?? this.#byStem.get(withoutEnding(name)) ?? [];
  }

  /** A mask of `a.jpg` may be `a.png`, `a.jpg.png` or, as `kind` says, `a_mask.png`. */
  #ofOther(path: string, kind: 'label' | 'mask'): readonly string[] {
    const stem = withoutEnding(path);
    return (
      first([path, nameKey(stem)], (one) => this.#byName.get(nameOf(one))) ??
      first(stemsOf(stem, kind), (one) => this.#byStem.get(nameOf(one))) ??
      []
    );
  }
}

const stemsOf = (stem: string, kind: ReferenceKind): readonly string[] =>
  kind === 'mask' ? [stem, withoutMaskEnding(stem)] : [stem];

function first<T>(keys: readonly string[], find: (key: string) => T | undefined): T | undefined {
  for (const key of keys) {
    const found = find(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

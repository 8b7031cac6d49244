/**
 * Which image of the dataset an entry of a source means: the one of the same path, else the only one of the
 * same file name, else the only one of the same name without its ending. Nothing is guessed.
 */
import { withoutEnding } from '../../fileTree.ts';
import type { ReferenceKind } from './contract.ts';

const maskEndings = /_(mask|GT|gt|label)$/;

export const withoutMaskEnding = (stem: string): string => stem.replace(maskEndings, '');

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `none`, or several images that fit. */
export type Match = { readonly image: string } | { readonly several: readonly string[] };

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
  readonly #byStemPath = new Map<string, string[]>();
  readonly #byName = new Map<string, string[]>();
  readonly #byStem = new Map<string, string[]>();

  constructor(images: Iterable<string>) {
    this.#images = new Set(images);
    const add = (map: Map<string, string[]>, key: string, image: string): void => {
      const known = map.get(key);
      if (known === undefined) map.set(key, [image]);
      else known.push(image);
    };
    for (const image of this.#images) {
      add(this.#byStemPath, withoutEnding(image), image);
      add(this.#byName, nameOf(image), image);
      add(this.#byStem, withoutEnding(nameOf(image)), image);
    }
  }

  /** `several` is empty where none fits. */
  match(reference: string, kind: ReferenceKind): Match {
    const path = cleanReference(reference);
    const found = kind === 'image' ? this.#ofImage(path) : this.#ofOther(path, kind);
    const [image] = found;
    return found.length === 1 && image !== undefined ? { image } : { several: found };
  }

  #ofImage(path: string): readonly string[] {
    if (this.#images.has(path)) return [path];
    const name = nameOf(path);
    return this.#byName.get(name) ?? this.#byStem.get(withoutEnding(name)) ?? [];
  }

  /** A mask of `a.jpg` may be `a.png`, `a.jpg.png` or, as `kind` says, `a_mask.png`. */
  #ofOther(path: string, kind: 'label' | 'mask'): readonly string[] {
    const stem = withoutEnding(path);
    const stems = kind === 'mask' ? [stem, withoutMaskEnding(stem)] : [stem];
    for (const whole of [path, stem]) if (this.#images.has(whole)) return [whole];
    return (
      first(stems, (one) => this.#byStemPath.get(one)) ??
      first([path, stem], (one) => this.#byName.get(nameOf(one))) ??
      first(stems, (one) => this.#byStem.get(nameOf(one))) ??
      []
    );
  }
}

function first(
  keys: readonly string[],
  find: (key: string) => readonly string[] | undefined,
): readonly string[] | undefined {
  for (const key of keys) {
    const found = find(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The lists of a COCO file, put together by their ids. Programs write an id as a number or as text, and people
 * join files whose ids are the same: an annotation goes to an image only where its id says one alone.
 */
import { byCount, counted } from '../../../../protocol/counted.ts';
import { UserError } from '../../../../protocol/errors.ts';
import { layerOf } from './canvas.ts';
import { cleanReference } from './imageNames.ts';
import { isObject } from './readSource.ts';
import type { JsonObject } from './readSource.ts';

/** An id as text, so that 7, "7" and 7.0 are one; undefined for what is none. */
export function idOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value.trim() : '';
  const number = /^-?\d+(\.0+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number)) return String(number);
  return text === '' ? undefined : text;
}

/** One annotation and how a sentence calls it: by its id, else by its place in the list. */
export interface CocoAnnotation {
  readonly value: JsonObject;
  readonly number: string;
}

export interface CocoImage {
  readonly value: JsonObject;
  /** '' without. */
  readonly name: string;
  readonly place: string;
  readonly annotations: readonly CocoAnnotation[];
  /** Why it cannot be used. */
  readonly broken?: string;
}

export interface CocoLists {
  readonly images: readonly CocoImage[];
  /** The label of a category. Throws a UserError for an id that stands for a defect and for ignored pixels. */
  labelOf(id: unknown): string;
  /** Annotations of no image in the list. */
  readonly lost: number;
  /** Images that are listed again with the same id, once each. */
  readonly repeated: readonly string[];
}

function labelsOf(categories: unknown): (id: unknown) => string {
  const list: readonly unknown[] = Array.isArray(categories) ? categories : [];
  const names = new Map<string, string[]>();
  for (const { id, name } of list.filter(isObject)) {
    const key = idOf(id);
    if (key === undefined || typeof name !== 'string') continue;
    names.set(key, [...(names.get(key) ?? []), name]);
  }
  return (id) => {
    const key = idOf(id) ?? '';
    const [first = '', ...more] = names.get(key) ?? [];
    if (more.every((name) => layerOf(name) === layerOf(first))) return first;
    throw new UserError(
      `the category ${key} is "ignore" and another one as well; give each category an id of its own`,
    );
  };
}

/** The annotations of each image's id. */
function byImage(annotations: readonly unknown[]): Map<string, CocoAnnotation[]> {
  const found = new Map<string, CocoAnnotation[]>();
  annotations.forEach((value, i) => {
    const key = isObject(value) ? idOf(value['image_id']) : undefined;
    if (!isObject(value) || key === undefined) return;
    const annotation = { value, number: idOf(value['id']) ?? `at place ${i + 1}` };
    const known = found.get(key);
    if (known === undefined) found.set(key, [annotation]);
    else known.push(annotation);
  });
  return found;
}

const nameIn = (image: unknown): string => {
  const name = isObject(image) ? image['file_name'] : undefined;
  return typeof name === 'string' ? name.trim() : '';
};

/** The different images of each id, by their names. */
function namesById(images: readonly unknown[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const image of images.filter(isObject)) {
    const key = idOf(image['id']);
    if (key === undefined) continue;
    const known = names.get(key) ?? new Set();
    names.set(key, known.add(cleanReference(nameIn(image))));
  }
  return names;
}

/** Images that a sentence names. */
const mostNames = 3;

function listOf(names: ReadonlySet<string>): string {
  const some = [...names].slice(0, mostNames).map((name) => (name === '' ? 'one without' : name));
  return `${some.join(', ')}${names.size > mostNames ? ', …' : ''}`;
}

/** Why an image cannot be used; `count` annotations are of its id, which is '' without one. */
function faultOf(
  name: string,
  id: string,
  names: ReadonlySet<string>,
  count: number,
): string | undefined {
  if (name === '') return 'it has no "file_name"; export it again';
  if (id === '') return 'it has no "id", by which it would have annotations; export it again';
  if (names.size < 2 || count === 0) return undefined;
  return `its id ${id} is that of ${counted(names.size, 'image')} (${listOf(names)}), so that nobody knows whose ${byCount(count, 'the annotation of this id is', `the ${counted(count, 'annotation')} of this id are`)}; give each image an id of its own`;
}

/** Puts the lists together. */
export function cocoLists(value: JsonObject): CocoLists {
  const all = value['images'] as readonly unknown[];
  const annotations = value['annotations'] as readonly unknown[];
  const [own, names] = [byImage(annotations), namesById(all)];
  const images: CocoImage[] = [];
  const repeated = new Set<string>();
  // Each goes to one image, or is lost with one.
  const taken = new Map<string, string>();
  all.forEach((image, i) => {
    const [name, key = ''] = [nameIn(image), isObject(image) ? idOf(image['id']) : undefined];
    const before = taken.get(key);
    if (name !== '' && before === cleanReference(name)) {
      repeated.add(name);
      return;
    }
    if (key !== '') taken.set(key, before ?? cleanReference(name));
    const of = own.get(key) ?? [];
    const broken = faultOf(name, key, names.get(key) ?? new Set(), of.length);
    images.push({
      ...{ value: isObject(image) ? image : {}, name },
      annotations: before === undefined ? of : [],
      place: name === '' ? `image ${i + 1}` : name,
      ...(broken === undefined ? {} : { broken }),
    });
  });
  const listed = [...own].filter(([key]) => names.has(key));
  const lost = annotations.length - listed.reduce((sum, [, { length }]) => sum + length, 0);
  return { images, labelOf: labelsOf(value['categories']), lost, repeated: [...repeated] };
}

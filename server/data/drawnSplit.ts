/**
 * Splits that are drawn: an image's place hangs on its own name and the seed alone, so that labelling, adding or
 * removing one never moves another (docs/decisions/split-seed.md).
 */
import { nameKey } from '../../protocol/names.ts';

/** A number in [0, 1) that a name and a seed always give (FNV-1a, 32 bits, with a last mix). */
export function placeOf(name: string, seed: number): number {
  const key = nameKey(name);
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < key.length; i += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Train takes this share of images whose split nothing says. */
export const trainShare = 0.7;

/** True for an image that trains, when about a share (0 to 1) of all do. */
export const isDrawn = (name: string, seed: number, share: number): boolean =>
  placeOf(name, seed) < share;

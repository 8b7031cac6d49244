/** Toggles as bytes, for the journal and for backups: layer, box and length of the runs, then the runs. */
import type { LayerToggles } from '../../protocol/mask/edits.ts';
import { layerNames } from '../../protocol/mask/edits.ts';

const boxBytes = 1 + 5 * 4;

export function bytesOf(toggles: readonly LayerToggles[]): Uint8Array {
  return Buffer.concat(
    toggles.map(({ layer, box, runs }) => {
      const part = Buffer.alloc(boxBytes + runs.length);
      part.writeUInt8(layerNames.indexOf(layer), 0);
      [box.x, box.y, box.width, box.height, runs.length].forEach((value, place) =>
        part.writeUInt32LE(value, 1 + 4 * place),
      );
      part.set(runs, boxBytes);
      return part;
    }),
  );
}

/** Throws a RangeError for what `bytesOf` did not make. */
export function togglesIn(payload: Buffer): LayerToggles[] {
  const toggles: LayerToggles[] = [];
  for (let at = 0; at < payload.length;) {
    const layer = layerNames[payload.readUInt8(at)];
    const number = (place: number): number => payload.readUInt32LE(at + 1 + 4 * place);
    if (layer === undefined) throw new RangeError('a record names no layer');
    const end = at + boxBytes + number(4);
    if (end > payload.length) throw new RangeError('a record ends within its runs');
    const box = { x: number(0), y: number(1), width: number(2), height: number(3) };
    toggles.push({ layer, box, runs: new Uint8Array(payload.subarray(at + boxBytes, end)) });
    at = end;
  }
  return toggles;
}

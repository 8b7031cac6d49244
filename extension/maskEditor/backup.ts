/** A backup of a mask for VS Code's hot exit: a header and the runs of both layers, compressed. */
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import * as z from 'zod/mini';
import { mostSide } from '../../protocol/mask/bits.ts';
import type { Layers } from '../../protocol/mask/edits.ts';
import { applyToggles } from '../../protocol/mask/edits.ts';
import { layersOf, togglesOf } from './maskModel.ts';
import { bytesOf, togglesIn } from './toggleBytes.ts';

const compress = promisify<Uint8Array, { level: number }, Buffer>(deflate);
const expand = promisify<Uint8Array, Buffer>(inflate);

const side = z.int().check(z.nonnegative(), z.maximum(mostSide));
const headerSchema = z.object({
  image: z.string(),
  width: side,
  height: side,
  /** Of the mask file that the edits began with. */
  stamp: z.string(),
  /** Milliseconds since 1970. */
  made: z.number(),
  /** Where the journal stood: one that went on since has more. */
  journal: z.nullable(z.object({ id: z.string(), edits: z.int() })),
});
export type BackupHeader = z.infer<typeof headerSchema>;

export interface Backup {
  readonly header: BackupHeader;
  readonly layers: Layers;
}

/** The layers are read before the first wait: they may change meanwhile. */
export async function packBackup({ header, layers }: Backup): Promise<Uint8Array> {
  // Runs first: compressing the bits of the largest masks takes a tenth of a second, and VS Code may be closing.
  const packed = await compress(bytesOf(togglesOf(layers)), { level: 1 });
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), packed]);
}

/** Throws where the bytes are no backup. */
export async function unpackBackup(bytes: Uint8Array): Promise<Backup> {
  const line = bytes.indexOf(10);
  const text = Buffer.from(bytes.subarray(0, Math.max(0, line))).toString();
  const header = z.parse(headerSchema, JSON.parse(text));
  const { width, height } = header;
  const layers = layersOf(width, height, { defect: null, ignore: null });
  applyToggles(layers, togglesIn(await expand(bytes.subarray(line + 1))));
  return { header, layers };
}

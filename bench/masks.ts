/**
 * What the mask document costs in the extension host, by size of the image: applying a stroke, its line in
 * the journal, a backup. No server, no VS Code.
 *
 *     npm run build && node scripts/run-built.mjs maskBench
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packBackup } from '../extension/maskEditor/backup.ts';
import { Journal } from '../extension/maskEditor/journal.ts';
import { MaskModel, layersOf } from '../extension/maskEditor/maskModel.ts';
import type { LayerChange } from '../protocol/mask/edits.ts';
import { MaskBits } from '../protocol/mask/bits.ts';
import { eachShapeSpan } from '../protocol/mask/raster.ts';
import { encodeRuns } from '../protocol/mask/runs.ts';

const sides = [1024, 4096, 16_384];
const repetitions = 21;

/** A stroke across the image as a change of its bounding box. */
function strokeAcross(side: number, row: number): LayerChange {
  const diameter = Math.min(1024, Math.round(side / 40));
  const bits = new MaskBits(side, side);
  const from = { x: side * 0.1, y: row };
  const to = { x: side * 0.9, y: row + side * 0.05 };
  eachShapeSpan({ kind: 'stroke', from, to, diameter, square: false }, bits, (y, x0, x1) =>
    bits.fill(y, x0, x1, true),
  );
  const y = Math.max(0, Math.floor(row - diameter));
  const box = {
    x: 0,
    y,
    width: side,
    height: Math.min(side - y, Math.ceil(side * 0.05) + 2 * diameter),
  };
  return { layer: 'defect', box, set: encodeRuns(bits, box), clear: new Uint8Array(0) };
}

function summary(name: string, times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  return `${name}: median ${at(0.5)} ms, longest ${at(1)} ms`;
}

async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function measure(side: number, folder: string): Promise<void> {
  const model = new MaskModel(layersOf(side, side, { defect: null, ignore: null }));
  const journal = new Journal(join(folder, `${side}.journal`), (error) => {
    throw error;
  });
  const base = { image: 'image.png', stamp: 'none' };
  const times = { apply: [], append: [], flush: [], backup: [] } as Record<string, number[]>;
  for (let i = 0; i < repetitions; i += 1) {
    const change = strokeAcross(side, side * 0.1 + (side * 0.7 * i) / repetitions);
    let { toggles } = { toggles: model.apply([]).toggles };
    times['apply']?.push(await timed(() => ({ toggles } = model.apply([change]))));
    times['append']?.push(await timed(() => journal.append(toggles, model.layers, base)));
    times['flush']?.push(await timed(() => journal.flush()));
    times['backup']?.push(
      await timed(async () => {
        const header = { image: 'image.png', width: side, height: side, stamp: 'none' };
        const { layers } = model;
        const bytes = await packBackup({ header: { ...header, made: 0, journal: null }, layers });
        await writeFile(join(folder, 'backup'), bytes);
      }),
    );
  }
  await journal.remove();
  console.log(`${side} x ${side}`);
  console.log(`  ${summary('a stroke applied', times['apply'] ?? [])}`);
  console.log(
    `  ${summary('its line in the journal, until VS Code may go on', times['append'] ?? [])}`,
  );
  console.log(`  ${summary('the same, until it is in the file', times['flush'] ?? [])}`);
  console.log(`  ${summary('a backup', times['backup'] ?? [])}`);
}

const folder = await mkdtemp(join(tmpdir(), 'segdec-mask-bench-'));
try {
  for (const side of sides) await measure(side, folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}

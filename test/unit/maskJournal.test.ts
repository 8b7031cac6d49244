/** The journal and the backup of a mask: what was drawn comes back, whatever was torn off the end. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packBackup, unpackBackup } from '../../extension/maskEditor/backup.ts';
import { Journal, journaledIn, readJournal } from '../../extension/maskEditor/journal.ts';
import { MaskModel, areEqual, copyLayers, layersOf } from '../../extension/maskEditor/maskModel.ts';
import type { Layers } from '../../protocol/mask/edits.ts';
import { MaskBits } from '../../protocol/mask/bits.ts';
import { encodeRuns } from '../../protocol/mask/runs.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'segdec-journal-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const base = { image: 'a/b.png', stamp: 'stamp-1' };
const failed = (error: unknown): void => {
  throw error;
};

function stroke(model: MaskModel, row: number) {
  const { width, height } = model.layers.defect;
  const box = { x: 0, y: 0, width, height };
  const bits = new MaskBits(width, height);
  bits.fill(row, row, row + 20, true);
  const none = new Uint8Array(0);
  return model.apply([{ layer: 'defect', box, set: encodeRuns(bits, box), clear: none }]);
}

/** A journal of strokes on a mask that was not empty; the layers after each. */
async function journalOf(file: string, strokes: number): Promise<Layers[]> {
  const first = layersOf(45, 30, { defect: null, ignore: null });
  first.ignore.fill(3, 0, 45, true);
  const model = new MaskModel(first);
  const journal = new Journal(file, failed);
  const after: Layers[] = [];
  for (let row = 0; row < strokes; row += 1) {
    const { toggles } = stroke(model, row);
    journal.append(toggles, model.layers, base);
    after.push(copyLayers(model.layers));
  }
  await journal.flush();
  expect(journal.place?.edits).toBe(strokes - 1);
  return after;
}

test('all edits come back', async () => {
  const file = join(folder, 'below', 'all.journal');
  const after = await journalOf(file, 12);
  const read = await readJournal(file);
  expect(read?.header).toMatchObject({ ...base, width: 45, height: 30 });
  expect(read?.edits).toBe(11);
  expect(read && areEqual(read.layers, after[11] as Layers)).toBe(true);
});

test('wherever it is torn, the whole records before come back', async () => {
  const file = join(folder, 'torn.journal');
  const after = await journalOf(file, 6);
  const bytes = await readFile(file);
  let most = 0;
  for (let length = 0; length < bytes.length; length += 1) {
    const read = journaledIn(bytes.subarray(0, length));
    if (read === undefined) continue;
    expect(read.edits).toBeGreaterThanOrEqual(most);
    most = read.edits;
    expect(areEqual(read.layers, after[read.edits] as Layers)).toBe(true);
  }
  expect(most).toBe(4);
});

test('a byte that turned over ends it there', async () => {
  const file = join(folder, 'turned.journal');
  const after = await journalOf(file, 4);
  const bytes = await readFile(file);
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
  await writeFile(file, bytes);
  const read = await readJournal(file);
  expect(read?.edits).toBe(2);
  expect(read && areEqual(read.layers, after[2] as Layers)).toBe(true);
});

test('none is left after a save, and the next edit begins with all bits', async () => {
  const file = join(folder, 'saved.journal');
  const model = new MaskModel(layersOf(45, 30, { defect: null, ignore: null }));
  const journal = new Journal(file, failed);
  journal.append(stroke(model, 1).toggles, model.layers, base);
  await journal.remove();
  expect(await readJournal(file)).toBeUndefined();
  expect(journal.place).toBeUndefined();
  journal.append(stroke(model, 2).toggles, model.layers, { ...base, stamp: 'stamp-2' });
  await journal.flush();
  const read = await readJournal(file);
  expect(read?.header.stamp).toBe('stamp-2');
  expect(read && areEqual(read.layers, model.layers)).toBe(true);
  await journal.remove();
});

test('a journal that cannot be written says so, and begins anew', async () => {
  const errors: unknown[] = [];
  const blocked = join(folder, 'file');
  await writeFile(blocked, '');
  const journal = new Journal(join(blocked, 'x.journal'), (error) => errors.push(error));
  const model = new MaskModel(layersOf(45, 30, { defect: null, ignore: null }));
  journal.append(stroke(model, 1).toggles, model.layers, base);
  await journal.flush();
  expect(errors.length).toBe(1);
  expect(journal.place).toBeUndefined();
});

test('a backup comes back; what is none is refused', async () => {
  const layers = layersOf(45, 30, { defect: null, ignore: null });
  layers.defect.fill(3, 4, 40, true);
  layers.ignore.fill(29, 0, 45, true);
  const header = {
    ...{ ...base, width: 45, height: 30, made: 5 },
    journal: { id: 'x', edits: 3 },
  };
  const bytes = await packBackup({ header, layers });
  const back = await unpackBackup(bytes);
  expect(back.header).toEqual(header);
  expect(areEqual(back.layers, layers)).toBe(true);
  await expect(unpackBackup(bytes.subarray(0, bytes.length - 4))).rejects.toThrow();
  await expect(unpackBackup(new Uint8Array([1, 2, 3]))).rejects.toThrow();
});

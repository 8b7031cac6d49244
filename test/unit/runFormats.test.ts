/** Run folders of released versions stay readable; those of newer versions say what they need. */
import { cp, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../../server/files/safetensors.ts';
import { readCheckpoint } from '../../server/runs/checkpoint.ts';
import { readEvents } from '../../server/runs/eventLog.ts';
import { readMetricsFile } from '../../server/runs/metricsFile.ts';
import { loadModel } from '../../server/runs/model.ts';
import { realParts } from '../../server/runs/parts.ts';
import { openProject } from '../../server/runs/projectFile.ts';
import { readTrainedRunFile } from '../../server/runs/runFile.ts';
import { temporaryFolder } from '../support/temporary.ts';

const kept = 'test/data/runs';

describe.each(await readdir(kept))('a run folder of version %s', (version) => {
  const folder = join(kept, version);

  test('is read whole', async () => {
    const run = await readTrainedRunFile(join(folder, 'run.json'));
    expect(run.writtenBy).toBe(version);
    for (const name of ['checkpoint.safetensors', 'best.safetensors']) {
      const checkpoint = await readCheckpoint(join(folder, name), run.network);
      expect(checkpoint?.state.epoch).toBeGreaterThan(0);
    }
    const metrics = await readMetricsFile(join(folder, 'metrics.json'));
    expect(metrics?.shippedThreshold.from).toBe('validation');
    const { events } = await readEvents(join(folder, 'events.jsonl'));
    expect(events.at(-1)).toMatchObject({ kind: 'state', state: 'finished' });
  });

  test('still gives the same scores', async () => {
    const model = await loadModel(folder, await realParts(), { threads: 1 });
    const { imageWidth, imageHeight, channels } = model.network;
    const pixels = Uint8Array.from(
      { length: imageWidth * imageHeight * channels },
      (_, i) => (i * 37 + (i >> 5) * 11) % 256,
    );
    const { probability } = await model.predict({ pixels, maximum: 255 }, 'it');
    await model.dispose();
    const expected = await readFile(join(folder, 'expected-score.txt'), 'utf8');
    expect(Math.abs(probability - Number(expected))).toBeLessThan(1e-4);
  });
});

describe('a newer version', () => {
  const newer = async (): Promise<string> => {
    const folder = join(await temporaryFolder(), 'run');
    await cp(join(kept, '0.1.0'), folder, { recursive: true });
    return folder;
  };
  const raise = async (path: string): Promise<void> => {
    const value = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...value, schemaVersion: 99, needs: '7.1.0' }));
  };
  const says = /written by a newer version; it needs segdec 7\.1\.0 \(this is /;

  test('of run.json says which program it needs', async () => {
    const path = join(await newer(), 'run.json');
    await raise(path);
    await expect(readTrainedRunFile(path)).rejects.toThrow(says);
  });

  test('of metrics.json too', async () => {
    const path = join(await newer(), 'metrics.json');
    await raise(path);
    await expect(readMetricsFile(path)).rejects.toThrow(says);
  });

  test('of a checkpoint too', async () => {
    const folder = await newer();
    const { network } = await readTrainedRunFile(join(folder, 'run.json'));
    const path = join(folder, 'checkpoint.safetensors');
    const { tensors, metadata } = decodeSafetensors(await readFile(path));
    const raised = { ...metadata, schemaVersion: '99', needs: '7.1.0' };
    await writeFile(path, encodeSafetensors(tensors, raised));
    await expect(readCheckpoint(path, network)).rejects.toThrow(says);
  });

  test('of segdec.json too', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'segdec.json'), '{"schemaVersion": 99, "needs": "7.1.0"}');
    await expect(openProject(folder)).rejects.toThrow(says);
  });
});

/** Training whose numbers are lost ends with a sentence; the last checkpoint of numbers stays, and nothing else is kept. */
import { mkdtempSync } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../protocol/errors.ts';
import { checkedPrediction } from '../../server/engines/checkedPrediction.ts';
import type { Engine } from '../../server/engines/engine.ts';
import { checkpointOf } from '../../server/runs/checkpointOf.ts';
import { readEvents } from '../../server/runs/eventLog.ts';
import { realParts } from '../../server/runs/parts.ts';
import { readTrainedRunFile } from '../../server/runs/runFile.ts';
import { runPaths } from '../../server/runs/runFolder.ts';
import { trainRun } from '../../server/runs/train.ts';
import { smallDataset } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** What is lost, from the second epoch on. */
type Lost = 'losses' | 'weights' | 'scores' | 'maps';

/** An engine of one multiplication, which loses its numbers once it has taken `sound` steps. */
function losing(engine: Engine, lost: Lost, value: number, sound: number): Engine {
  let steps = 0;
  const isLost = (what: Lost): boolean => what === lost && steps > sound;
  return {
    description: engine.description,
    importState: (weights) => engine.importState(weights),
    dispose: () => engine.dispose(),
    step: async (batch) => {
      steps += batch.length;
      const loss = isLost('losses') ? value : 0.5;
      return batch.map(() => ({ segmentation: loss, classification: loss }));
    },
    predict: async (images) =>
      images.map(() => {
        const map = new Float32Array(8 * 16).fill(isLost('maps') ? value : 0.5);
        const probability = [isLost('scores') ? value : 0.5];
        return checkedPrediction({ probability, map }, 8 * 16, 'The network');
      }),
    exportState: () => {
      const weights = engine.exportState();
      const [first] = weights.values();
      if (isLost('weights') && first !== undefined) first.data[0] = value;
      return weights;
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), 'segdec-lost-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
let data: string;
beforeAll(async () => {
  data = await smallDataset(folder);
});

const values = [NaN, Infinity, -Infinity];
const cases = (['losses', 'weights', 'scores', 'maps'] as const).flatMap((lost) =>
  values.map((value) => [lost, value] as const),
);

test.each(cases)('%s that become %d', async (lost, value) => {
  const output = join(await temporaryFolder(), 'run');
  const parts = await realParts();
  const epochLength = 12;
  const run = trainRun(
    {
      ...{ data, output, preset: 'dagm', width: 0.03, threads: 1, validation: 0.2 },
      ...{ validationEvery: 1, weights: 'best', settings: { epochs: 3, learningRate: 0.5 } },
    },
    {
      parts: {
        ...parts,
        createEngine: async (request) =>
          losing(await parts.createEngine(request), lost, value, epochLength),
      },
    },
  );
  await expect(run).rejects.toThrow(UserError);
  await expect(run).rejects.toThrow(
    /is no longer a number in epoch 2 .* learning rate 0\.5 is too high .*--learning-rate 0\.05/,
  );
  const paths = runPaths(output);
  const checkpoint = await checkpointOf(await readTrainedRunFile(paths.run), paths);
  // Whatever is read as a checkpoint has numbers alone; the first epoch is in it.
  expect(checkpoint?.state.best?.epoch).toBe(1);
  expect(await readdir(output)).not.toContain('metrics.json');
  expect(await readFile(paths.scores, 'utf8')).not.toMatch(/NaN|Infinity/);
  const { events } = await readEvents(paths.events);
  expect(events.at(-1)).toMatchObject({ kind: 'state', state: 'failed' });
});

/**
 * A project from somebody else with a link at each place where this program keeps something: whatever is done
 * to its runs, nothing elsewhere is written, renamed, removed or read.
 */
import { cp, link, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../protocol/errors.ts';
import { systemSentence } from '../../server/files/readWhole.ts';
import { deleteRun, logOf, renameRun } from '../../server/runs/editRun.ts';
import { evaluateRun } from '../../server/runs/evaluate.ts';
import { keptHeatmap } from '../../server/runs/heatmaps.ts';
import { launchRun } from '../../server/runs/launch.ts';
import { loadModel } from '../../server/runs/model.ts';
import { realParts } from '../../server/runs/parts.ts';
import { resumeRun } from '../../server/runs/resume.ts';
import { listRuns, runsFolderOf } from '../../server/runs/runFolder.ts';
import { runSummaries } from '../../server/runs/summaries.ts';
import { trainRun } from '../../server/runs/train.ts';
import { outsideFolder, stateOf } from '../support/outside.ts';
import { smallDataset } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporary.ts';

const runName = '20260101T000000Z-small-0000';
const request = { width: 0.05, preset: 'dagm', settings: { epochs: 2 }, threads: 1 } as const;
/** A project with a run that was stopped after its first epoch, and one that is finished. */
let stopped: string;
let finished: string;
let made: string;

async function projectWith(parent: string, signal?: AbortSignal): Promise<string> {
  const data = await smallDataset(parent);
  const stop = new AbortController();
  const hooks = {
    signal: AbortSignal.any([stop.signal, ...(signal === undefined ? [] : [signal])]),
    onEvent: ({ kind }: { kind: string }) => {
      if (signal !== undefined && kind === 'checkpoint') stop.abort();
    },
  };
  const output = join(runsFolderOf(data), runName);
  await trainRun({ data, output, ...request }, hooks).catch((error: unknown) => {
    if (signal === undefined) throw error;
  });
  return data;
}

beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), 'segdec-links-'));
  await mkdir(join(made, 'stopped'));
  await mkdir(join(made, 'finished'));
  stopped = await projectWith(join(made, 'stopped'), new AbortController().signal);
  finished = await projectWith(join(made, 'finished'));
}, 120_000);
afterAll(() => rm(made, { recursive: true, force: true }));

/** Where a link may lie, relative to the project, and what it leads to in the outside folder. */
const run = `.segdec/runs/${runName}`;
const places: readonly (readonly [string, string])[] = [
  ...['run.json', 'events.jsonl', 'checkpoint.safetensors', 'best.safetensors'].map(
    (name) => [`${run}/${name}`, 'start-up.sh'] as const,
  ),
  ...['contents.csv', 'scores.csv', 'metrics.json', 'cancel', 'lock-0123456789abcdef.json'].map(
    (name) => [`${run}/${name}`, 'start-up.sh'] as const,
  ),
  ...['events.jsonl', 'metrics.json', 'cancel', 'best.safetensors'].map(
    (name) => [`${run}/${name}`, 'not-there'] as const,
  ),
  [`${run}/events.jsonl`, '../chain'],
  [`${run}/heatmaps`, 'inner'],
  [`${run}/heatmaps`, '.'],
  [`${run}/heatmaps`, 'not-there'],
  [`${run}/heatmaps/ok`, 'inner'],
  [`${run}/heatmaps/test`, 'inner'],
  [`${run}/heatmaps/train`, 'inner'],
  [`${run}/cache`, 'inner'],
  [`${run}/cache`, '.'],
  [run, '.'],
  ['.segdec/runs', '.'],
  ['.segdec/runs', '../moved/runs'],
  ['.segdec', '../moved'],
];

const actions = {
  resume: (data: string) => resumeRun(join(data, run)),
  evaluate: (data: string) => evaluateRun({ run: join(data, run), threads: 1 }),
  rename: (data: string) => renameRun(join(data, run), 'other'),
  delete: (data: string) => deleteRun(join(data, run), data),
  list: (data: string) => runSummaries(data),
  predict: async (data: string) => {
    const model = await loadModel(join(data, run), await realParts(), { threads: 1 });
    await model.dispose();
  },
  heatmap: (data: string) => keptHeatmap(join(data, run, 'heatmaps'), 'ok/1.png'),
};

/** A copy of the project with a link in it; what was there before lies in `moved`, outside. */
async function hostile(from: string, place: string, target: string) {
  const parent = await temporaryFolder();
  const data = join(parent, 'data');
  await cp(from, data, { recursive: true });
  const outside = await outsideFolder(parent);
  await symlink(join(outside, 'start-up.sh'), join(parent, 'chain'));
  await mkdir(join(parent, 'moved'));
  const linked = join(data, place);
  await mkdir(dirname(linked), { recursive: true });
  if (target.startsWith('../moved')) {
    const away = join(outside, target);
    await rm(away, { recursive: true, force: true });
    await mkdir(dirname(away), { recursive: true });
    await rename(linked, away);
  } else await rm(linked, { recursive: true, force: true });
  await symlink(join(outside, target), linked);
  return { parent, data, outside, moved: join(parent, 'moved') };
}

/** Links above a run that a person names by its path are theirs to follow. */
const inRun = places.filter(([place]) => place.startsWith(`${run}/`));
const byProject = ['delete', 'list', 'heatmap'];

describe.each(Object.keys(actions) as (keyof typeof actions)[])('%s', (action) => {
  test.each(byProject.includes(action) ? places : inRun)(
    'leaves everything else alone where %s leads to %s',
    async (place, target) => {
      const from = action === 'resume' ? stopped : finished;
      const { data, outside, moved } = await hostile(from, place, target);
      const before = [await stateOf(outside), await stateOf(moved)];
      let said: unknown;
      try {
        said = await actions[action](data);
      } catch (error) {
        said = error;
      }
      expect([await stateOf(outside), await stateOf(moved)]).toEqual(before);
      // Either of them is one sentence for the person.
      if (said instanceof Error && !(said instanceof UserError)) {
        expect(systemSentence(said)).toBeDefined();
      }
      expect(inspect(said)).not.toContain('echo mine');
    },
  );
});

describe('a link in a run folder', () => {
  test.each(['events.jsonl', 'heatmaps', 'scores.csv', 'contents.csv', 'metrics.json'])(
    '%s is named, with where it leads, when the run goes on',
    async (name) => {
      const { data, outside } = await hostile(stopped, `${run}/${name}`, 'start-up.sh');
      await expect(resumeRun(join(data, run))).rejects.toThrow(
        `${join(data, run, name)} is a link to ${join(outside, 'start-up.sh')}`,
      );
      const [summary] = await runSummaries(data);
      expect(summary).toMatchObject({ state: 'unreadable' });
      expect(summary?.message).toContain('is a link to');
    },
  );

  test('a log of events with a second name is not appended to', async () => {
    const { data, outside } = await hostile(stopped, `${run}/events.jsonl`, 'start-up.sh');
    const events = join(data, run, 'events.jsonl');
    await rm(events);
    await link(join(outside, 'start-up.sh'), events);
    const before = await stateOf(outside);
    await expect(resumeRun(join(data, run))).rejects.toThrow('second name');
    expect(await stateOf(outside)).toEqual(before);
  });

  test('runs below a linked .segdec are refused by the list, and a new one is not made there', async () => {
    const { data, moved } = await hostile(finished, '.segdec', '../moved');
    const before = await stateOf(moved);
    await expect(listRuns(data)).rejects.toThrow('is a link to');
    await expect(trainRun({ data, ...request })).rejects.toThrow('is a link to');
    expect(await stateOf(moved)).toEqual(before);
  });

  test.each(['logs', `logs/${runName}.log`])(
    'a run is not started where its %s leads elsewhere',
    async (name) => {
      const target = name === 'logs' ? 'inner' : 'start-up.sh';
      const { data, outside } = await hostile(stopped, `.segdec/${name}`, target);
      const before = await stateOf(outside);
      const log = logOf(data, runName);
      const task = { kind: 'resume', run: join(data, run) } as const;
      const { signal } = new AbortController();
      await expect(launchRun(task, log, signal)).rejects.toThrow('is a link to');
      expect(await stateOf(outside)).toEqual(before);
    },
  );

  test('a project that is itself reached by a link is used', async () => {
    const parent = await temporaryFolder();
    await cp(finished, join(parent, 'data'), { recursive: true });
    await symlink(join(parent, 'data'), join(parent, 'shortcut'));
    const [summary] = await runSummaries(join(parent, 'shortcut'));
    expect(summary).toMatchObject({ state: 'finished' });
    await evaluateRun({ run: join(parent, 'shortcut', run), threads: 1 });
  });
});

/** An open folder read in the background: what is asked meanwhile, and run folders that the system refuses. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createImageReader } from '../../server/data/images/reader.ts';
import type { ImageReader } from '../../server/data/images/reader.ts';
import { Project } from '../../server/language/project/project.ts';
import { runSummaries } from '../../server/runs/summaries.ts';
import { temporaryFolder } from '../support/temporary.ts';

const images = 1000;

/** As KolektorSDD2: labels that only masks tell. */
async function folderOfMasks(): Promise<string> {
  const folder = await temporaryFolder();
  for (const part of ['train', 'test']) {
    await mkdir(join(folder, part));
    for (let i = 0; i < images / 2; i += 1) {
      const name = join(folder, part, String(20_000 + i));
      await writeFile(`${name}.png`, 'image');
      await writeFile(`${name}_GT.png`, 'mask');
    }
  }
  return folder;
}

/** Every mask marks something; `onMask` hears of each that is read. */
function readerOfMarks(onMask: () => void): ImageReader {
  const reader = createImageReader({ workers: 1 });
  onTestFinished(() => reader.dispose());
  reader.mask = () => {
    onMask();
    return Promise.resolve({ data: new Uint8Array([1]), width: 1, height: 1, notes: [] });
  };
  return reader;
}

test('a look at the scores while masks are read stops no reading of masks', async () => {
  const folder = await folderOfMasks();
  let read = 0;
  const failures: unknown[] = [];
  const reader = readerOfMarks(() => {
    read += 1;
    if (read % 100 === 1) void project.reload('scores');
  });
  const project: Project = new Project(folder, reader, {
    changed: () => undefined,
    failed: (error) => failures.push(error),
  });
  await project.reload('files');
  expect(failures).toEqual([]);
  expect(project.info()).toMatchObject({ layout: 'ksdd2', images, problem: null });
  const labels = new Set(project.index.items().map(({ label }) => label));
  expect([...labels]).toEqual(['defective']);
  // Each mask once, whatever was asked meanwhile.
  expect(read).toBe(images);
});

test('a run folder that the system refuses is one unreadable run, and the dataset is there', async () => {
  const folder = await temporaryFolder();
  for (const part of ['ok', 'defective']) {
    await mkdir(join(folder, part));
    await writeFile(join(folder, part, '1.png'), 'image');
  }
  const runs = join(folder, '.segdec', 'runs');
  const run = join(runs, '20260101T000000Z-x-0000');
  await mkdir(run, { recursive: true });
  // A link to itself: neither its file nor its target can be read.
  for (const name of ['run.json', 'metrics.json']) await symlink(name, join(run, name));
  const [summary, ...others] = await runSummaries(folder);
  expect(others).toEqual([]);
  expect(summary).toMatchObject({ run, state: 'unreadable' });
  expect(summary?.message).toContain('is a link');

  const project = new Project(
    folder,
    readerOfMarks(() => undefined),
    {
      changed: () => undefined,
      failed: () => undefined,
    },
  );
  await project.reload('files');
  expect(project.info()).toMatchObject({ images: 2, problem: null, activeRun: null });
  // Named, it is what is wrong; the images are there all the same.
  const named = { dataset: '.', activeRun: '20260101T000000Z-x-0000' };
  await writeFile(join(folder, 'segdec.json'), JSON.stringify(named));
  await project.reload('files');
  expect(project.info()).toMatchObject({ images: 2, activeRun: null });
  expect(project.info().problem).toContain('is a link');
});

/** Images that are turned by their EXIF orientation alone, against masks that were drawn on them as they are stored. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { requests } from '../../protocol/messages.ts';
import { startRunClient } from '../support/runClient.ts';
import { smallDataset, smallSize } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporary.ts';

test.each([
  { orientation: 6, severity: 1, why: 'a quarter turn: only the stored pixels fit' },
  { orientation: 3, severity: 2, why: 'a half turn: both fit by their sizes' },
])('$why; the choice is written, and the finding goes', async ({ orientation, severity }) => {
  const project = await smallDataset(await temporaryFolder());
  const masks = await readdir(join(project, 'test/masks'), { recursive: true });
  const mask = masks.find((name) => name.endsWith('.png')) ?? expect.fail('no mask');
  const image = `test/defective/${mask}`;
  const file = join(project, image);
  await writeFile(file, await sharp(file).withMetadata({ orientation }).png().toBuffer());
  const server = await startRunClient(project);
  const { client } = server;
  await server.ask(requests.datasetInspect, { project });
  const [turned] = await client.problems(file, (all) => all.length > 0);
  expect(turned).toMatchObject({ code: 'orientation', severity });
  expect(turned?.message).toContain('"orientation": "stored"');
  await server.ask(requests.projectOrient, { project, orientation: 'stored' });
  expect(JSON.parse(await readFile(join(project, 'segdec.json'), 'utf8'))).toEqual({
    orientation: 'stored',
  });
  await client.problems(file, (all) => all.length === 0);
  const opened = await server.ask(requests.maskOpen, { project, image });
  expect(opened).toMatchObject({ ...smallSize, readOnly: null });
  expect(await server.ask(requests.datasetInspect, { project })).toMatchObject({ findings: 0 });
  // And back: what was found of the other reading is not shown again by itself.
  await server.ask(requests.projectOrient, { project, orientation: 'exif' });
  const read = await server.ask(requests.datasetInspect, { project });
  expect(read.findings).toBe(1);
});

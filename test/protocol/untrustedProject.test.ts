/** What a project's own file chooses runs nothing while the workspace is not trusted (docs/trust.md, row 12). */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { errorCodes, notices, requests } from '../../protocol/messages.ts';
import type { Request } from '../../protocol/messages.ts';
import { startLanguageClient } from '../support/languageClient.ts';
import { descendants, quick } from '../support/runClient.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { writeTree } from '../support/tree.ts';

/** Projects that would have something run: what is computed, by what, with how much, from which model. */
const projects = (evil: string): Readonly<Record<string, object>> => ({
  engine: { engine: 'tensorflow' },
  device: { device: 'cuda', engine: 'onnx' },
  threads: { threads: 4096 },
  memory: { memory: 1e6 },
  'a run of its own': { activeRun: 'theirs' },
  'a run elsewhere': { activeRun: '../../elsewhere' },
  'a long training': { preset: 'severstal', width: 40, settings: { epochs: 100_000 } },
  runtime: { server: { runtime: evil, arguments: ['--import', evil] } },
  'runtime by its setting': { 'segdec.server.runtime': evil, runtime: evil },
  'a schema from the network': { $schema: 'http://schema.example/x.json', needs: '99.0.0' },
});

/** Every Node program that is started below notes its command line in a file. */
async function recorded(): Promise<() => Promise<string[]>> {
  const file = join(await temporaryFolder(), 'programs.log');
  const program = `import{appendFileSync as a}from'node:fs';a(${JSON.stringify(file)},process.argv.join(' ')+'\\n')`;
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `--import=data:text/javascript,${encodeURIComponent(program)}`;
  onTestFinished(() => {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  });
  return async () => (existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n') : []);
}

test('ten projects choose what runs, and nothing runs until the workspace is trusted', async () => {
  const top = await temporaryFolder();
  const marker = join(top, 'was-run');
  const evil = join(top, 'evil.mjs');
  await writeFile(
    evil,
    `#!/usr/bin/env node\nimport fs from 'node:fs';fs.writeFileSync(${JSON.stringify(marker)}, '');\n`,
  );
  await chmod(evil, 0o755);
  const all = Object.entries(projects(evil));
  const folders = all.map((_, i) => join(top, `p${i}`, 'data'));
  for (const [i, [, settings]] of all.entries()) {
    const folder = folders[i] ?? '';
    await writeTree(folder, { 'ok/a.png': 1, 'ok/b.png': 2, 'defective/c.png': 3 });
    await writeFile(join(folder, 'segdec.json'), JSON.stringify(settings));
    await mkdir(join(folder, '.segdec', 'runs', 'theirs'), { recursive: true });
  }
  const programs = await recorded();
  const { client, child } = await startLanguageClient({
    folders,
    settings: { threads: 1, server: { runtime: evil, arguments: [evil] } },
    initializationOptions: { cacheFolder: join(top, 'cache'), trusted: false },
  });
  await client.waitFor('all projects', () =>
    client.projects.filter(({ reading, version }) => !reading && version > 0).length === all.length
      ? true
      : undefined,
  );
  const refusal = async <P, R>({ type }: Request<P, R>, params: P): Promise<number> =>
    await client.connection.sendRequest(type.method, params).then(
      () => 0,
      (error: unknown) => (error as { code: number }).code,
    );
  for (const folder of folders) {
    const run = join(folder, '.segdec', 'runs', 'theirs');
    const codes = await Promise.all([
      refusal(requests.runEstimate, { project: folder, options: {} }),
      refusal(requests.runStart, { project: folder, options: {} }),
      refusal(requests.runResume, { run }),
      refusal(requests.runEvaluate, { run }),
      refusal(requests.runExport, { run, file: join(folder, 'model.onnx') }),
      refusal(requests.predictFiles, { project: folder, files: [join(folder, 'ok')] }),
      refusal(requests.doctorRun, {}),
    ]);
    expect(codes, folder).toEqual(codes.map(() => errorCodes.untrusted));
    // What is looked at, is looked at without a process for it.
    await client.connection.sendRequest(requests.runList.type.method, { project: folder });
  }
  const started = (await programs()).filter((line) => !line.includes('decodeWorker'));
  expect(started).toEqual([expect.stringContaining('server.js') as string]);
  const below = descendants(child.pid ?? 0).map(({ command }) => command);
  expect(below.filter((command) => !command.includes('decodeWorker'))).toEqual([]);
  expect(existsSync(marker)).toBe(false);

  // The count sees what there is: once trusted, a run has its process.
  await client.connection.sendNotification(notices.trustGranted.type, {});
  const project = folders[2] ?? '';
  await refusal(requests.runEstimate, { project, options: quick });
  await refusal(requests.doctorRun, {});
  expect((await programs()).join('\n')).toContain('runProcess');
  expect(existsSync(marker)).toBe(false);
});

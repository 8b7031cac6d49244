/** Places outside of open folders over the wire: trusted and not, before and after the person's word. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { cp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CodeAction } from 'vscode-languageserver';
import type { PageResult, ProjectInfo } from '../../protocol/explorer.ts';
import { errorCodes, notices, requests } from '../../protocol/messages.ts';
import type { Request } from '../../protocol/messages.ts';
import { startLanguageClient } from '../support/languageClient.ts';
import type { LanguageClient } from '../support/languageClient.ts';
import { bait, privatePhotos, projectOf, stateOf, waysOut } from '../support/outside.ts';
import { plainPng, writeTree } from '../support/tree.ts';

let top = '';
let photos = '';

beforeEach(async () => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'segdec-places-')));
  photos = await privatePhotos(top);
});
afterEach(() => rm(top, { recursive: true, force: true }));

const query = { groupBy: 'split', sortBy: 'name', filter: {} } as const;
const page = { query, group: null, offset: 0, limit: 100, version: null };
interface Place {
  readonly project: string;
  readonly place: string;
}

async function started(
  folders: readonly string[],
  options: { readonly trusted: boolean; readonly places?: readonly Place[] },
): Promise<LanguageClient> {
  const initializationOptions = { cacheFolder: join(top, 'cache'), ...options };
  const { client } = await startLanguageClient({ folders, initializationOptions });
  for (const folder of folders) await client.ready(folder);
  return client;
}

/** The answer, or the code and the sentence of the refusal. */
async function asked<P, R>(client: LanguageClient, { type }: Request<P, R>, params: P) {
  try {
    return await client.request<R>(type.method, params);
  } catch (error) {
    const { code, message } = error as { code: number; message: string };
    return { code, message };
  }
}

/** Asks all that could tell of images, change masks or labels, or run something. */
async function askEverything(client: LanguageClient, project: string): Promise<string> {
  const image = `ok/${bait}-0.png`;
  const bits = join(top, 'cache', 'x.bits');
  const source = join(top, 'source');
  const edit = { width: 8, height: 8, defect: bits, ignore: null, stamp: null };
  const file = join(project, 'segdec.json');
  const text = await readFile(file, 'utf8');
  const uri = await client.open(file, text, 'json');
  const outside = await client.problems(file, (all) => all.some(({ code }) => code === 'outside'));
  const answers = [
    await asked(client, requests.projectRefresh, { project }),
    await asked(client, requests.datasetGroups, { project, query, parent: null }),
    await asked(client, requests.datasetPage, { project, ...page }),
    await asked(client, requests.datasetLookup, { files: [join(photos, image)] }),
    await asked(client, requests.pictureGet, { project, images: [image], kind: 'plain', side: 64 }),
    await asked(client, requests.imageTiles, { project, image }),
    await asked(client, requests.maskOpen, { project, image }),
    await asked(client, requests.maskWrite, { project, image, ...edit }),
    await asked(client, requests.maskImport, { project, source }),
    await asked(client, requests.runList, { project }),
    await asked(client, requests.datasetInspect, { project }),
    await asked(client, requests.runEstimate, { project, options: {} }),
    await client.request('textDocument/codeLens', { textDocument: { uri } }),
    outside,
  ];
  await client.close(uri);
  // What was asked for by its name comes back in sentences that say that it is none.
  return JSON.stringify(answers).replaceAll(image, '');
}

test('nothing outside is listed, read or written until the person says so, untrusted never', async () => {
  const ways = await waysOut(top);
  const projects = new Map<string, string>();
  for (const [i, { name, place }] of ways.entries()) {
    projects.set(await projectOf(top, `proj${i}`, { dataset: name }), place);
  }
  const folders = [...projects.keys()];
  await writeTree(top, {
    [`source/masks/${bait}-0.png`]: await plainPng(255),
    'cache/x.bits': new Uint8Array(32),
  });
  const before = await stateOf(join(top, 'private'));
  for (const trusted of [true, false]) {
    // Of other projects, and of other places: no word for these.
    const others = folders.map((project) => ({ project, place: join(top, 'cache') }));
    const places = [...others, { project: top, place: photos }];
    const client = await started(folders, { trusted, places });
    const look = async ([folder, place]: [string, string]): Promise<void> => {
      const info = await client.ready(folder);
      const file = join(folder, 'segdec.json');
      expect(info).toMatchObject({ images: 0, dataset: folder, layout: null });
      expect(info.outside).toEqual(trusted ? { file, what: 'dataset', place } : null);
      expect(info.problem).toContain(`${file} names the dataset`);
      expect(info.problem).toContain(trusted ? 'until you say so' : 'untrusted workspace');
      const answers = await askEverything(client, folder);
      expect(answers).not.toContain(bait);
      expect(answers).toContain('lies outside of');
    };
    await Promise.all([...projects].map(look));
    expect(JSON.stringify(client.heard)).not.toContain(bait);
    if (trusted) continue;
    const [project = ''] = folders;
    expect(await asked(client, requests.placeAllow, { project, place: photos })).toMatchObject({
      code: errorCodes.untrusted,
    });
    expect(await asked(client, requests.datasetPage, { project, ...page })).toMatchObject({
      total: 0,
    });
    // Trust alone is no word for a place outside.
    await client.connection.sendNotification('segdec/trust/granted', {});
    const told = await client.waitFor('the question', () =>
      client.projects.find(({ id, outside }) => id === project && outside !== null),
    );
    expect(told.images).toBe(0);
  }
  expect(await stateOf(join(top, 'private'))).toEqual(before);
});

test('the word holds for its project and its place, and for a server that is told when it starts', async () => {
  const [one, other] = [
    await projectOf(top, 'one', { dataset: 'link' }),
    await projectOf(top, 'other', { dataset: '../private/photos' }),
  ];
  const client = await started([one, other], { trusted: true });
  const file = join(one, 'segdec.json');
  const uri = await client.open(file, await readFile(file, 'utf8'), 'json');
  const [problem] = await client.problems(file, ([first]) => first?.code === 'outside');
  const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
    ...{ textDocument: { uri }, range: problem?.range, context: { diagnostics: [problem] } },
  });
  expect(actions.map(({ command }) => [command?.command, command?.arguments])).toEqual([
    ['segdec.places.allow', [{ project: one, file, what: 'dataset', place: photos }]],
  ]);

  expect(await asked(client, requests.placeAllow, { project: one, place: photos })).toBeNull();
  const answer = await asked(client, requests.datasetPage, { project: one, ...page });
  expect(answer).toMatchObject({ total: 12 });
  expect(await asked(client, requests.datasetPage, { project: other, ...page })).toMatchObject({
    total: 0,
  });
  await client.problems(file, (all) => all.every(({ code }) => code !== 'outside'));

  // The link leads elsewhere all of a sudden: what was allowed is not that place.
  const elsewhere = join(top, 'private', 'elsewhere');
  await cp(photos, elsewhere, { recursive: true });
  const before = await stateOf(elsewhere);
  await rm(join(one, 'link'));
  await symlink('../private/elsewhere', join(one, 'link'));
  const image = `ok/${bait}-0.png`;
  expect(await asked(client, requests.maskOpen, { project: one, image })).toMatchObject({
    message: expect.stringContaining('leads elsewhere now') as string,
  });
  await asked(client, requests.projectRefresh, { project: one });
  expect(await asked(client, requests.datasetPage, { project: one, ...page })).toMatchObject({
    total: 0,
  });
  expect(await stateOf(elsewhere)).toEqual(before);

  const again = await started([other], {
    trusted: true,
    places: [{ project: other, place: photos }],
  });
  expect(again.projects[0]).toMatchObject({ images: 12, problem: null, outside: null });
});

test('a run elsewhere is neither read nor changed until the person says so, and then it is', async () => {
  const run = join(top, 'private', `run-${bait}`);
  await cp('test/data/runs/0.1.0', run, { recursive: true });
  const images = { 'ok/a.png': 1, 'ok/b.png': 2, 'defective/c.png': 3 };
  const ways = [`../private/run-${bait}`, run, 'run', 'linked'];
  const before = await stateOf(run);
  const projects: string[] = [];
  for (const [i, activeRun] of ways.entries()) {
    const project = await projectOf(top, `proj${i}`, { activeRun });
    await writeTree(project, { ...images, '.segdec/runs/.keep': '' });
    await symlink(run, join(project, 'run'));
    await symlink(run, join(project, '.segdec', 'runs', 'linked'));
    // The third says it as a path, the last by the name of a folder among the runs.
    if (activeRun === 'run') {
      await writeFile(join(project, 'segdec.json'), '{"activeRun": "./run"}');
    }
    projects.push(project);
  }
  for (const trusted of [false, true]) {
    const client = await started(projects, { trusted });
    for (const project of projects) {
      const info = await client.ready(project);
      // In a trusted workspace links are followed for reading: the heat maps of the linked run are pictures.
      const listed = trusted ? 15 : 3;
      expect(info).toMatchObject({ images: listed, activeRun: null, activeRunName: null });
      expect(info.problem).toContain('names the run');
      expect(info.outside?.place).toBe(trusted ? run : undefined);
      const answers = [
        await asked(client, requests.runList, { project }),
        await asked(client, requests.runResume, { run }),
        await asked(client, requests.runEvaluate, { run }),
        await asked(client, requests.runCancel, { run }),
        await asked(client, requests.runEvents, { run, offset: 0 }),
        await asked(client, requests.runRename, { run, name: 'mine' }),
        await asked(client, requests.runDelete, { run }),
        await asked(client, requests.datasetPage, { project, ...page }),
      ];
      // The link among the runs is told of as what it is, and what it leads to is not read.
      expect(answers[0]).toMatchObject([{ state: 'unreadable', name: 'linked' }]);
      for (const answer of answers.slice(1, -1)) {
        expect((answer as { code?: number } | null)?.code).toBeLessThan(0);
      }
      expect(answers.at(-1)).toMatchObject({ total: listed });
    }
    expect(await stateOf(run)).toEqual(before);
    if (!trusted) continue;
    for (const project of projects) {
      expect(await asked(client, requests.placeAllow, { project, place: run })).toBeNull();
      const info = await client.waitFor('the run', () =>
        client.projects.find(({ id, activeRun }) => id === project && activeRun !== null),
      );
      expect(info).toMatchObject({ problem: null, outside: null });
    }
  }
});

test('a run of the project from somebody else asks before its own dataset is read', async () => {
  const project = await projectOf(top, 'home', {});
  await writeTree(project, { 'ok/a.png': 1, 'ok/b.png': 2, 'defective/c.png': 3 });
  const run = join(project, '.segdec', 'runs', '20260101T000000Z-x-0000');
  await cp('test/data/runs/0.1.0', run, { recursive: true });
  const file = join(run, 'run.json');
  const said = JSON.parse(await readFile(file, 'utf8')) as { dataset: Record<string, string> };
  said.dataset['root'] = photos;
  said.dataset['rootFromRun'] = '../../../../private/photos';
  await writeFile(file, JSON.stringify(said));
  const before = [await stateOf(join(top, 'private')), await stateOf(run)];
  const client = await started([project], { trusted: true });
  for (const request of [requests.runResume, requests.runEvaluate]) {
    const refusal = client.request(request.type.method, { run });
    await expect(refusal).rejects.toMatchObject({
      code: errorCodes.badInput,
      message: expect.stringContaining(`names the dataset ${photos}`) as string,
      data: {
        fix: {
          command: 'segdec.places.allow',
          arguments: [{ project, file, what: 'dataset', place: photos }],
        },
      },
    });
  }
  expect([await stateOf(join(top, 'private')), await stateOf(run)]).toEqual(before);
});

test('links to images and folders elsewhere are left out and counted while untrusted, and followed when trusted', async () => {
  const shelf = await writeTree(join(top, 'shelf'), {
    'nok/1.png': 1,
    'nok/2.png': 2,
    'single.png': 3,
    'masks/1.png': 255,
  });
  const mixed = await writeTree(join(top, 'mixed'), { 'ok/own.png': 7 });
  await symlink(join(shelf, 'nok'), join(mixed, 'nok'));
  await symlink(join('..', 'shelf', 'masks'), join(mixed, 'masks'));
  await symlink(join(shelf, 'single.png'), join(mixed, 'ok', 'single.png'));
  const allLinked = await writeTree(join(top, 'all-linked'), { 'readme.txt': 'x' });
  await symlink(join(shelf, 'nok'), join(allLinked, 'ng'));
  const client = await started([mixed, allLinked], { trusted: false });
  const info = async (id: string) => {
    const all = await client.request<readonly ProjectInfo[]>(requests.projectList.type.method, {});
    return all.find((one) => one.id === id);
  };
  expect(await info(mixed)).toMatchObject({ images: 1, problem: null });
  const [told, ...more] = await client.problems(join(mixed, 'masks'), (all) => all.length > 0);
  expect(more).toEqual([]);
  expect(told?.message).toMatch(/^3 entries \(masks, nok, ok\/single\.png\): each is a link out/);
  const problem = (await info(allLinked))?.problem;
  expect(problem).toMatch(/no images in .*ng is a link out of the dataset folder and is left out/);

  await client.connection.sendNotification(notices.trustGranted.type, {});
  const whole = await client.waitFor('the images behind the links', () =>
    client.projects.find(({ id, images }) => id === mixed && images === 4),
  );
  expect(whole.problem).toBeNull();
  const listing = await client.request<PageResult>(requests.datasetPage.type.method, {
    ...{ project: mixed, ...page },
  });
  expect(listing.items.map(({ image, state }) => `${image} ${state}`)).toEqual([
    'nok/1.png mask',
    'nok/2.png weak',
    'ok/own.png ok',
    'ok/single.png ok',
  ]);
  await client.problems(join(mixed, 'masks'), (all) => all.length === 0);
  await client.waitFor('the other project', () =>
    client.projects.find(({ id, images }) => id === allLinked && images === 2),
  );
});

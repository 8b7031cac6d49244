/** The language features through the built server, with no editor: any client of the protocol gets them. */
import { cp, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import type {
  CodeAction,
  CodeLens,
  Diagnostic,
  DocumentLink,
  Hover,
  InlayHint,
  MarkupContent,
  Position,
  TextEdit,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { writeSampleDataset } from '../../server/data/synthetic.ts';
import { startLanguageClient } from '../support/languageClient.ts';
import type { ClientOptions, LanguageClient } from '../support/languageClient.ts';
import { temporaryFolder } from '../support/temporary.ts';

const good = 'train/ok/0000.png';
const bad = 'train/defective/scratch/0001.png';
const size = { width: 64, height: 64 };

/** A dataset in a folder of its own, with a scored run that misjudges `good` and one it finds. */
async function dataset({ scored = true } = {}): Promise<string> {
  const folder = join(await temporaryFolder(), 'data');
  await writeSampleDataset(folder, { images: 24, size });
  if (scored)
    await writeRun(folder, `${good},ok,,train,0.9,FP\n${bad},defective,mask,train,0.95,TP\n`);
  return folder;
}

async function writeRun(folder: string, rows: string): Promise<string> {
  const run = join(folder, '.segdec', 'runs', '2026-01-01T00-00-00Z-run-abcd');
  await mkdir(run, { recursive: true });
  const kept = 'test/data/runs/0.1.0';
  await copyFile(join(kept, 'run.json'), join(run, 'run.json'));
  const metrics = JSON.parse(await readFile(join(kept, 'metrics.json'), 'utf8')) as object;
  await writeFile(join(run, 'metrics.json'), JSON.stringify({ ...metrics, dataset: folder }));
  await writeFile(join(run, 'scores.csv'), `image,label,supervision,split,score,outcome\n${rows}`);
  return run;
}

async function started(
  folder: string,
  options: Partial<ClientOptions> = {},
): Promise<LanguageClient> {
  const cacheFolder = join(folder, '..', 'cache');
  const { client } = await startLanguageClient({
    folders: [folder],
    initializationOptions: { cacheFolder },
    ...options,
  });
  await client.ready(folder);
  return client;
}

function placeIn(text: string, part: string): Position {
  return TextDocument.create('x', 'x', 1, text).positionAt(text.indexOf(part) + 1);
}

const textOf = (hover: Hover | null): string =>
  hover === null ? '' : (hover.contents as MarkupContent).value;
/** A hover does not wait for pictures that take long; a later one has them. */
async function withPictures(
  client: LanguageClient,
  uri: string,
  position: Position,
  wanted = 1,
): Promise<string> {
  const params = { textDocument: { uri }, position };
  for (const until = Date.now() + 120_000; ;) {
    const text = textOf(await client.request<Hover | null>('textDocument/hover', params));
    if (text === '' || text.split('![').length > wanted) return text;
    if (Date.now() > until) throw new Error(`No picture came: ${text}`);
  }
}

const codes = (diagnostics: readonly Diagnostic[]): unknown[] =>
  diagnostics.map(({ code }) => code);
const header = 'image,label,supervision,split,kind,reviewed,mask,note';
const whole = { start: { line: 0, character: 0 }, end: { line: 1e6, character: 0 } };

describe('labels.csv', () => {
  test('has hints of the active run, and others when the labels change', async () => {
    const folder = await dataset();
    const client = await started(folder);
    const file = join(folder, 'labels.csv');
    const text = `${header}\n${good},ok,,,,,,"two\nlines"\n${bad},,,,,,,\nx.png,,,,,,,\n`;
    const textDocument = { uri: await client.open(file, text) };
    const hints = async (range = whole) =>
      (await client.request<InlayHint[]>('textDocument/inlayHint', { textDocument, range })).map(
        ({ label, position }) => [label, position.line],
      );
    expect(await hints()).toEqual([
      ['0.900 FP', 2],
      ['0.950 TP', 3],
    ]);
    const third = { start: { line: 3, character: 0 }, end: { line: 3, character: 1 } };
    expect(await hints(third)).toEqual([['0.950 TP', 3]]);
    await writeFile(file, `${header}\n${good},defective,,,,,,\n`);
    await client.connection.sendNotification('segdec/labels/changed', { project: folder });
    await client.waitFor('a refresh', () =>
      client.heard.find(({ method }) => method === 'workspace/inlayHint/refresh'),
    );
    // The refresh that was heard may be of the reading before.
    await expect.poll(async () => (await hints())[0], { timeout: 60_000 }).toEqual(['0.900 TP', 2]);
  });

  test('has no hints when they are switched off', async () => {
    const folder = await dataset();
    const client = await started(folder, { settings: { inlayHints: { enabled: false } } });
    const uri = await client.open(join(folder, 'labels.csv'), `${header}\n${good},,,,,,,\n`);
    const params = { textDocument: { uri }, range: whole };
    expect(await client.request('textDocument/inlayHint', params)).toEqual([]);
  });

  test('says what is wrong while it is typed, and quick fixes mend it', async () => {
    const folder = await dataset({ scored: false });
    const client = await started(folder);
    const file = join(folder, 'labels.csv');
    const wrong = [
      header,
      'train/ok/0000.pmg,okay,,,,,,',
      `${bad},defective,weak,,,,,`,
      `${bad},ok,,,,,,`,
      '../../secret.png,,,,,,,',
      '',
    ].join('\n');
    const uri = await client.open(file, wrong);
    const found = await client.problems(file, (all) => all.length >= 4);
    expect(codes(found)).toEqual(['missing-image', 'word', 'duplicate-row', 'outside']);
    const fix = async (title: RegExp): Promise<void> => {
      const current = texts.get(uri) ?? wrong;
      const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
        textDocument: { uri },
        range: whole,
        context: { diagnostics: found },
      });
      const action = actions.find((one) => title.test(one.title));
      const edits: TextEdit[] = action?.edit?.changes?.[uri] ?? [];
      expect(edits, title.source).not.toEqual([]);
      const next = TextDocument.applyEdits(TextDocument.create(uri, 'csv', 1, current), edits);
      texts.set(uri, next);
      await client.change(uri, next);
    };
    const texts = new Map<string, string>();
    await fix(/^Replace by train\/ok\/0000\.png/);
    await fix(/^Replace by ok/);
    await fix(/^Keep the first/);
    await fix(/^Remove this row/);
    await client.problems(file, (all) => all.length === 0);
    expect(texts.get(uri)).toBe(`${header}\n${good},ok,,,,,,\n${bad},defective,weak,,,,,\n`);
  });

  test('that is not open is checked as it is on disk', async () => {
    const folder = await dataset({ scored: false });
    const file = join(folder, 'labels.csv');
    await writeFile(file, `${header}\n\n${good},fine,,,,,,\n`);
    const client = await started(folder);
    const [found] = await client.problems(file, (all) => all.length > 0);
    expect(found?.range.start.line).toBe(2);
    // Opened, it is said once, at the word.
    const uri = await client.open(file, await readFile(file, 'utf8'));
    const open = await client.problems(file, ([first]) => first?.code === 'word');
    expect(open).toHaveLength(1);
    await client.close(uri);
    await client.problems(file, ([first]) => first?.code === 'label-row');
  });

  test('links its cells, and the hover of a row shows the image under its heat map', async () => {
    const folder = await dataset();
    const client = await started(folder, { clientName: 'Visual Studio Code' });
    const mask = 'train/masks/scratch/0001.png';
    expect(existsSync(join(folder, mask))).toBe(true);
    const text = `${header}\n${bad},,,,,,${mask},\n`;
    const uri = await client.open(join(folder, 'labels.csv'), text);
    const links = await client.request<DocumentLink[]>('textDocument/documentLink', {
      textDocument: { uri },
    });
    expect(links.map(({ target }) => target)).toEqual(
      [bad, mask].map((name) => pathToFileURL(join(folder, name)).href),
    );
    const hover = await withPictures(client, uri, { line: 1, character: 2 }, 2);
    const pictures = [...hover.matchAll(/!\[[^\]]*\]\((file:[^)|]*)\|width=240\)/g)];
    expect(pictures).toHaveLength(2);
    for (const [, address = ''] of pictures) {
      const bytes = await readFile(fileURLToPath(address));
      expect([...bytes.subarray(0, 2)]).toEqual([0xff, 0xd8]);
    }
    expect(hover).toContain('score 0\\.950');
    expect(hover).toContain('TP');
  });
});

describe('an image path in any file', () => {
  test('shows the image, from wherever the path starts', async () => {
    const folder = await dataset();
    const client = await started(folder);
    const ask = async (name: string, text: string, at: string): Promise<string> => {
      const uri = await client.open(join(folder, 'notes', name), text);
      return await withPictures(client, uri, placeIn(text, at));
    };
    const python = `names = ["${good}", "train/ok/none.png"]\n`;
    expect(await ask('a.py', python, 'train')).toMatch(/^!\[[\s\S]*ok · train/);
    expect(await ask('b.py', python, 'train/ok/none')).toBe('');
    expect(await ask('c.json', `{"x": "../${good}"}`, 'train')).toContain('0000');
    expect(await ask('d.yaml', `image: ${join(folder, good)}\n`, 'train')).toContain('0000');
    const markdown = `![x](${pathToFileURL(join(folder, good)).href})`;
    expect(await ask('e.md', markdown, 'train')).toContain('0000');
    expect(await ask('f.ts', "const x = '/etc/passwd';", 'etc')).toBe('');
  });

  test('is plain text for a client that wants no Markdown', async () => {
    const folder = await dataset();
    const client = await started(folder, { capabilities: {} });
    const uri = await client.open(join(folder, 'a.txt'), good);
    const position = { line: 0, character: 3 };
    const hover = await client.request<Hover>('textDocument/hover', {
      textDocument: { uri },
      position,
    });
    expect(hover.contents).toMatchObject({ kind: 'plaintext' });
    expect(textOf(hover)).toMatch(/^train\/ok\/0000\.png\nok, train/);
  });
});

describe('segdec.json', () => {
  test('has problems at its keys, lenses and links', async () => {
    const folder = await dataset({ scored: false });
    const file = join(folder, 'segdec.json');
    await writeFile(file, '{}');
    const client = await started(folder);
    const text = '{\n  "dataset": ".",\n  "size": "100x64",\n  "segmented": 999\n}\n';
    const uri = await client.open(file, text, 'json');
    const found = await client.problems(file, (all) => codes(all).includes('segmented'));
    expect(found.map(({ code, range }) => [code, range.start.line])).toEqual([
      ['size', 2],
      ['labels', 1],
      ['segmented', 3],
    ]);
    const textDocument = { uri };
    const lenses = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument });
    expect(lenses.map(({ command }) => command?.title)).toEqual(['Train', 'Inspect']);
    const links = await client.request<DocumentLink[]>('textDocument/documentLink', {
      textDocument,
    });
    expect(links.map(({ target }) => target)).toEqual([pathToFileURL(folder).href]);
    await client.change(uri, '{ "dataset": "gone" }');
    const gone = await client.problems(file, ([first]) => first?.code === 'dataset');
    expect(gone[0]?.message).toContain('There is no folder');
    await client.change(uri, '{ "dataset": ');
    await client.problems(file, (all) => all.length === 0);
  });

  test('offers nothing that runs where the workspace is not trusted, until it is', async () => {
    const folder = await dataset();
    await writeFile(join(folder, 'segdec.json'), '{}');
    const client = await started(folder, { initializationOptions: { trusted: false } });
    const uri = await client.open(join(folder, 'segdec.json'), '{}', 'json');
    const titles = async () =>
      (await client.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } })).map(
        ({ command }) => command?.title,
      );
    expect(await titles()).toEqual(['Inspect']);
    await client.connection.sendNotification('segdec/trust/granted', {});
    expect(await titles()).toEqual(['Train', 'Evaluate', 'Inspect']);
  });
});

describe('problems of images', () => {
  test('are the mistakes of the active run, if wanted', async () => {
    const folder = await dataset();
    const client = await started(folder);
    const [mistake] = await client.problems(join(folder, good), (all) => all.length > 0);
    expect(mistake).toMatchObject({ code: 'false-alarm', severity: 3, source: 'segdec' });
    client.settings = { diagnostics: { mistakes: false } };
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: {} });
    await client.problems(join(folder, good), (all) => all.length === 0);
  });

  test('are found by an inspection, at files and rows, until they are mended', async () => {
    const folder = await dataset({ scored: false });
    const broken = join(folder, 'train/ok/0002.png');
    const twin = 'test/ok/twin.png';
    await writeFile(broken, (await readFile(broken)).subarray(0, 200));
    await cp(join(folder, good), join(folder, twin));
    const client = await started(folder);
    const labels = join(folder, 'labels.csv');
    const uri = await client.open(labels, `${header}\n${good},,,,,,,\n`);
    const progress: unknown[] = [];
    client.connection.onNotification('$/progress', (params) => void progress.push(params));
    const result = await client.request('segdec/dataset/inspect', {
      project: folder,
      token: 'inspection',
    });
    expect(result).toEqual({ findings: 2, errors: 2, places: 3, mistakes: 0 });
    expect(progress).not.toEqual([]);
    const [cut] = await client.problems(broken, (all) => all.length > 0);
    expect(cut?.message).toMatch(/\(Inspected \d{4}-\d\d-\d\d \d\d:\d\d\.\)$/);
    const [same] = await client.problems(join(folder, twin), (all) => all.length > 0);
    expect(same).toMatchObject({ code: 'duplicate', severity: 1 });
    const [row] = await client.problems(labels, (all) => all.length > 0);
    expect(row?.code).toBe('same-image');
    const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri },
      range: whole,
      context: { diagnostics: [] },
    });
    expect(actions.map(({ title }) => title)).toEqual([`Move to test, where ${twin} is`]);
    await writeFile(labels, `${header}\n${good},,,test,,,,\n`);
    await rm(broken);
    await client.request('segdec/project/refresh', { project: folder });
    await client.problems(join(folder, twin), (all) => all.length === 0);
    await client.problems(broken, (all) => all.length === 0);
  });

  test('an inspection can be stopped', async () => {
    const folder = join(await temporaryFolder(), 'data');
    await writeSampleDataset(folder, { images: 160, size });
    const client = await started(folder);
    const source = new CancellationTokenSource();
    client.connection.onNotification('$/progress', () => source.cancel());
    const asked = client.connection.sendRequest(
      'segdec/dataset/inspect',
      { project: folder, token: 't' },
      source.token,
    );
    await expect(asked).rejects.toMatchObject({ code: -32800 });
  });
});

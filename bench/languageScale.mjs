/**
 * Milliseconds that the language server takes to answer an editor in a labels.csv of many rows, all of
 * them scored:
 *
 *     npm run build && node bench/languageScale.mjs [--rows 100000]
 *
 * The slowest of ten each; hints and actions are of a screen of 60 rows. `typed`: the slowest answer while
 * every row is being checked after a key was pressed.
 */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import {
  StreamMessageReader,
  StreamMessageWriter,
  createMessageConnection,
} from 'vscode-jsonrpc/node';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '100000' } } });
const rows = Number(values.rows);
const folder = await mkdtemp(join(tmpdir(), 'segdec-scale-'));
const imageOf = (/** @type {number} */ i) => `${i % 2 === 0 ? 'ok' : 'defective'}/part-${i}.png`;
const labelOf = (/** @type {number} */ i) => (i % 2 === 0 ? 'ok' : 'defective');

/** Empty files: the server lists names, and nothing here reads an image. */
async function writeDataset() {
  for (const label of ['ok', 'defective']) await mkdir(join(folder, label));
  for (let i = 0; i < rows; i += 1) await writeFile(join(folder, imageOf(i)), '');
  const run = join(folder, '.segdec', 'runs', '2026-01-01T00-00-00Z-run-abcd');
  const kept = 'test/data/runs/0.1.0';
  await mkdir(run, { recursive: true });
  await copyFile(join(kept, 'run.json'), join(run, 'run.json'));
  const metrics = JSON.parse(await readFile(join(kept, 'metrics.json'), 'utf8'));
  await writeFile(join(run, 'metrics.json'), JSON.stringify({ ...metrics, dataset: folder }));
  const scores = Array.from({ length: rows }, (_, i) => {
    return `${imageOf(i)},${labelOf(i)},,train,${((i * 7919) % 1000) / 1000},`;
  });
  const head = 'image,label,supervision,split,score,outcome';
  await writeFile(join(run, 'scores.csv'), `${[head, ...scores].join('\n')}\n`);
}

/** Every tenth row is quoted, and every hundredth wrong. */
function labelsText() {
  const lines = Array.from({ length: rows }, (_, i) => {
    const image = i % 10 === 0 ? `"${imageOf(i)}"` : imageOf(i);
    return `${image},${i % 100 === 7 ? 'okay' : labelOf(i)},,train,,,,"seen, and ""kept"""`;
  });
  return `image,label,supervision,split,kind,reviewed,mask,note\n${lines.join('\n')}\n`;
}

/** @param {() => Promise<unknown>} ask */
async function slowest(ask) {
  let most = 0;
  for (let i = 0; i < 10; i += 1) {
    const start = performance.now();
    await ask();
    most = Math.max(most, performance.now() - start);
  }
  return Number(most.toFixed(1));
}

/** The slowest answer in a stretch of time. @param {number} stretch @param {() => Promise<unknown>} begin @param {() => Promise<unknown>} ask */
async function slowestFor(stretch, begin, ask) {
  const until = performance.now() + stretch;
  let most = 0;
  await begin();
  while (performance.now() < until) {
    const start = performance.now();
    await ask();
    most = Math.max(most, performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return most;
}

/** @param {import('vscode-jsonrpc').MessageConnection} connection */
async function measure(connection) {
  let read = false;
  connection.onNotification('segdec/projects/changed', ({ projects }) => {
    read = projects.every((one) => !one.reading && one.images === rows && one.activeRun !== null);
  });
  connection.onRequest(() => null);
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: null,
    rootUri: null,
    capabilities: { textDocument: { hover: { contentFormat: ['markdown'] } } },
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'scale' }],
  });
  const start = performance.now();
  await connection.sendNotification('initialized', {});
  while (!read) await new Promise((resolve) => setTimeout(resolve, 20));
  const listed = Math.round(performance.now() - start);
  const text = labelsText();
  const uri = pathToFileURL(join(folder, 'labels.csv')).href;
  const textDocument = { uri, languageId: 'csv', version: 1, text };
  const opened = performance.now();
  await connection.sendNotification('textDocument/didOpen', { textDocument });
  const line = Math.floor(rows * 0.9);
  const range = { start: { line, character: 0 }, end: { line: line + 60, character: 0 } };
  const document = { textDocument: { uri } };
  const hints = () => connection.sendRequest('textDocument/inlayHint', { ...document, range });
  await hints();
  const firstHints = Math.round(performance.now() - opened);
  const context = { diagnostics: [] };
  const codeAction = () =>
    connection.sendRequest('textDocument/codeAction', { ...document, range, context });
  const position = { line, character: 3 };
  const result = {
    ...{ rows, megabytes: Number((text.length / 1e6).toFixed(1)), listed, firstHints },
    hints: await slowest(hints),
    codeAction: await slowest(codeAction),
    hover: await slowest(() =>
      connection.sendRequest('textDocument/hover', { ...document, position }),
    ),
    links: await slowest(() => connection.sendRequest('textDocument/documentLink', document)),
  };
  let version = 1;
  const type = () =>
    connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: (version += 1) },
      contentChanges: [{ range: { start: position, end: position }, text: 'x' }],
    });
  let typed = 0;
  for (let i = 0; i < 5; i += 1) typed = Math.max(typed, await slowestFor(1000, type, hints));
  return { ...result, typed: Number(typed.toFixed(1)) };
}

let child;
try {
  await writeDataset();
  child = spawn(process.execPath, ['dist/server.js', '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const reader = new StreamMessageReader(child.stdout);
  const writer = new StreamMessageWriter(child.stdin);
  console.log(JSON.stringify(await measure(createMessageConnection(reader, writer))));
} finally {
  child?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
}

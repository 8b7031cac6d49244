/**
 * How fast the language server answers for a folder of very many images, over stdio, while labels.csv is
 * being rewritten; and how many pictures a second it makes:
 *
 *     npm run build && node bench/serverScale.mjs [--files 100000] [--seconds 20] [--pictures 10000]
 */
import { spawn } from 'node:child_process';
import { link, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import {
  StreamMessageReader,
  StreamMessageWriter,
  createMessageConnection,
} from 'vscode-jsonrpc/node';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '20' },
    pictures: { type: 'string', default: '10000' },
  },
});
const files = Number(values.files);
const pictures = Number(values.pictures);
const top = await mkdtemp(join(tmpdir(), 'segdec-scale-'));

const nameOf = (/** @type {number} */ n) =>
  `${n % 3 === 2 ? 'test' : 'train'}/${n % 2 === 0 ? 'ok' : 'defective'}/part${n % 50}/${String(n).padStart(6, '0')}.png`;

/** A textured picture. @param {number} n @param {number} side */
function picture(n, side) {
  const pixels = Uint8Array.from(
    { length: side * side },
    (_, i) => 128 + 60 * Math.sin((i * (n + 3)) / 97) + 30 * Math.sin(((i % side) * (n + 1)) / 7),
  );
  return sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
    .png()
    .toBuffer();
}

/** `count` images in `folder`, hard links of a few. @param {string} folder @param {number} count @param {number} side */
async function makeImages(folder, count, side) {
  await mkdir(folder, { recursive: true });
  const sources = [];
  for (let n = 0; n < Math.min(count, 200); n += 1) {
    const file = join(folder, `.source${n}.png`);
    await writeFile(file, await picture(n, side));
    sources.push(file);
  }
  for (const place of new Set(Array.from({ length: count }, (_, n) => join(nameOf(n), '..')))) {
    await mkdir(join(folder, place), { recursive: true });
  }
  for (let n = 0; n < count; n += 1) {
    // A file takes 65,000 links at most.
    await link(sources[n % sources.length] ?? '', join(folder, nameOf(n)));
  }
}

/** @param {string} folder */
async function startServer(folder) {
  const child = spawn(process.execPath, ['dist/server.js', '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  let versions = 0;
  let ready = () => {};
  const read = new Promise((/** @type {(value: void) => void} */ resolve) => (ready = resolve));
  connection.onNotification((method, /** @type {any} */ params) => {
    if (method !== 'segdec/projects/changed') return;
    const [project] = params.projects;
    if (project !== undefined) versions = project.version;
    if (project?.reading === false && project.version > 0) ready();
  });
  connection.onRequest(() => null);
  connection.listen();
  const began = performance.now();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'scale' }],
    initializationOptions: { cacheFolder: join(folder, '.segdec', 'cache') },
  });
  await connection.sendNotification('initialized', {});
  await read;
  return {
    child,
    connection,
    seconds: (performance.now() - began) / 1000,
    versions: () => versions,
  };
}

/** @param {number[]} times @param {number} share */
const quantile = (times, share) =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ??
  0;

/** Label after label, as somebody who works through a list. @param {string} folder @param {any} server @param {() => boolean} over */
async function keepLabelling(folder, server, over) {
  const rows = Array.from(
    { length: files },
    (_, n) => `${nameOf(n)},${n % 2 === 0 ? 'ok' : 'defective'},`,
  );
  let count = 0;
  for (; !over(); count += 1) {
    rows[(count * 7919) % files] = `${nameOf((count * 7919) % files)},,scratch`;
    await writeFile(join(folder, '.labels'), `image,label,kind\n${rows.join('\n')}\n`);
    await rename(join(folder, '.labels'), join(folder, 'labels.csv'));
    await server.connection.sendNotification('segdec/labels/changed', { project: folder });
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
  return count;
}

async function listings() {
  const folder = join(top, 'images');
  await makeImages(folder, files, 8);
  const server = await startServer(folder);
  const query = { groupBy: 'split', sortBy: 'name', filter: {} };
  const filtered = { ...query, filter: { text: '99' } };
  const random = (/** @type {number} */ n) => Math.floor(Math.random() * n);
  /** @type {Record<string, () => [string, unknown]>} */
  const asks = {
    groups: () => ['segdec/dataset/groups', { project: folder, query, parent: null }],
    page: () => [
      'segdec/dataset/page',
      { project: folder, query, group: null, offset: random(files), limit: 200, version: null },
    ],
    filtered: () => [
      'segdec/dataset/page',
      { project: folder, query: filtered, group: null, offset: 0, limit: 200, version: null },
    ],
    locate: () => [
      'segdec/dataset/locate',
      { project: folder, query, image: nameOf(random(files)), flat: false },
    ],
    lookup: () => [
      'segdec/dataset/lookup',
      { files: Array.from({ length: 100 }, () => join(folder, nameOf(random(files)))) },
    ],
    runs: () => ['segdec/run/list', { project: folder }],
  };
  let over = false;
  const labelling = keepLabelling(folder, server, () => over);
  const times = Object.fromEntries(
    Object.keys(asks).map((name) => [name, /** @type {number[]} */ ([])]),
  );
  const end = performance.now() + 1000 * Number(values.seconds);
  while (performance.now() < end) {
    for (const [name, make] of Object.entries(asks)) {
      const [method, params] = make();
      const start = performance.now();
      await server.connection.sendRequest(method, params);
      times[name]?.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  over = true;
  const rewritten = await labelling;
  const memory = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${server.child.pid}/status`, 'utf8'));
  const versions = server.versions();
  server.connection.dispose();
  server.child.kill();
  const round = (/** @type {number} */ n) => Number(n.toFixed(1));
  return {
    files,
    readingSeconds: round(server.seconds),
    rewritten,
    versions,
    memoryMiB: Math.round(Number(memory?.[1] ?? 0) / 1024),
    milliseconds: Object.fromEntries(
      Object.entries(times).map(([name, list]) => [
        name,
        {
          asked: list.length,
          p50: round(quantile(list, 0.5)),
          p99: round(quantile(list, 0.99)),
          most: round(Math.max(...list)),
        },
      ]),
    ),
  };
}

async function thumbnails() {
  const folder = join(top, 'pictures');
  await makeImages(folder, pictures, 160);
  const server = await startServer(folder);
  /** @param {number} start */
  const part = (start) => ({
    project: folder,
    images: Array.from({ length: Math.min(200, pictures - start) }, (_, i) => nameOf(start + i)),
    kind: 'plain',
    side: 160,
  });
  const pass = async () => {
    const began = performance.now();
    for (let start = 0; start < pictures; start += 200) {
      const made = /** @type {(string | null)[]} */ (
        await server.connection.sendRequest('segdec/picture/get', part(start))
      );
      if (made.includes(null)) throw new Error('a picture is missing');
    }
    return Math.round(pictures / ((performance.now() - began) / 1000));
  };
  const result = { pictures, madePerSecond: await pass(), cachedPerSecond: await pass() };
  server.connection.dispose();
  server.child.kill();
  return result;
}

try {
  if (files > 0) process.stdout.write(`${JSON.stringify(await listings(), null, 1)}\n`);
  if (pictures > 0) process.stdout.write(`${JSON.stringify(await thumbnails())}\n`);
} finally {
  await rm(top, { recursive: true, force: true });
}

/**
 * A working day in short, over and over (docs/trust.md, row 17): labels, masks, a small run, an evaluation,
 * predictions, a folder that is closed and opened, a window that comes and goes. The server and what it keeps
 * running must not grow: `npm run test:soak -- --minutes 480`.
 */
import { once } from 'node:events';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { MaskBits } from '../../protocol/mask/bits.ts';
import { notices, requests } from '../../protocol/messages.ts';
import { growth, useOf } from '../support/processUse.ts';
import type { Use } from '../support/processUse.ts';
import { seededRandom } from '../support/random.ts';
import { descendants, isThere, quick, startRun, startRunClient } from '../support/runClient.ts';
import type { RunClient } from '../support/runClient.ts';
import { smallDataset, smallSize } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporary.ts';

const minutes = Number(process.env['SEGDEC_SOAK_MINUTES'] ?? '0.7');
/** Rounds that tell nothing yet: all of a short soak's first third, an hour of a long one. */
const warmUpMinutes = Math.min(60, minutes / 3);
/** A short soak must still have something to compare. */
const leastRounds = 9;
const allowedGrowth = 1.1;
/**
 * KiB that a program's heaps still fill in a short soak, growing or not: a decoding process levels at about 40 MiB
 * above its start, after some thousand images.
 */
const fillingHeaps = minutes < 60 ? 48 * 1024 : 0;
const seed = 20_261_128;
const labelled = ['train/ok/0000.png', 'train/ok/0002.png', 'test/ok/0004.png'];

/** Programs that live as long as the server, by the name of their bundle. */
const watched = ['inferenceProcess', 'decodeWorker'] as const;
type Program = 'server' | (typeof watched)[number];

/** What the server and the programs below it hold. */
function sample(server: RunClient): Partial<Record<Program, Use>> {
  const top = server.child.pid ?? 0;
  const below = descendants(top);
  const found = watched.flatMap((name) => {
    const entry = below.find(({ command }) => command.includes(name));
    return entry === undefined ? [] : [[name, useOf(entry.pid)] as const];
  });
  return { server: useOf(top), ...Object.fromEntries(found) };
}

class Day {
  readonly #server: RunClient;
  readonly #folder: string;
  readonly #painted: readonly string[];
  readonly #random = seededRandom(seed);

  /** `painted`: images with a mask. */
  constructor(server: RunClient, folder: string, painted: readonly string[]) {
    this.#server = server;
    this.#folder = folder;
    this.#painted = painted;
  }

  /** Everything once; `kept` is the run whose model predicts. */
  async round(kept: string): Promise<void> {
    for (let edit = 0; edit < 5; edit += 1) await this.#label();
    for (const image of this.#painted) await this.#paint(image);
    await this.#train();
    await this.#server.ask(requests.runEvaluate, { run: kept });
    await this.#predict();
    await this.#reopen();
    await this.#visit();
    this.#server.client.heard.length = 0;
  }

  /** As another program would: whole, in one step. */
  async #label(): Promise<void> {
    const image = labelled[Math.floor(this.#random() * labelled.length)] ?? '';
    const { client } = this.#server;
    const [{ version } = { version: 0 }] = client.projects;
    const file = join(this.#folder, 'labels.csv');
    const rows = (await readFile(file, 'utf8')).trimEnd().split(/\r?\n/);
    const others = rows.filter((row) => !row.startsWith(`${image},`));
    const cells = (rows[0] ?? '').split(',').map((column) => {
      if (column === 'image') return image;
      // Each time another text, so that the listing changes.
      return column === 'kind' ? `k${this.#random()}` : column === 'label' ? 'ok' : '';
    });
    await writeFile(`${file}.new`, `${[...others, cells.join(',')].join('\n')}\n`);
    await rename(`${file}.new`, file);
    await client.connection.sendNotification(notices.labelsChanged.type, {
      project: this.#folder,
    });
    await client.waitFor('the label', () => client.projects.find((one) => one.version > version));
  }

  async #paint(image: string): Promise<void> {
    const asked = { project: this.#folder, image };
    const opened = await this.#server.ask(requests.maskOpen, asked);
    const { width, height } = smallSize;
    const bits = new MaskBits(width, height);
    bits.toggle(Math.floor(this.#random() * height), 0, 1 + Math.floor(this.#random() * width));
    const cache = join(this.#folder, '.segdec', 'cache');
    await mkdir(cache, { recursive: true });
    const defect = join(cache, 'soak.bits');
    await writeFile(defect, bits.bytes);
    const edit = { ...asked, width, height, defect, ignore: null, stamp: opened.stamp };
    expect(await this.#server.ask(requests.maskWrite, edit)).toMatchObject({ outcome: 'saved' });
    await this.#server.ask(requests.imageTiles, asked);
  }

  async #train(): Promise<void> {
    const run = await startRun(this.#server, this.#folder, { ...quick, epochs: 1 });
    await this.#server.run(run, 'its end', ({ state }) => state === 'finished');
    // The process says so a moment before it is gone.
    await this.#server.ask(requests.runRename, { run, name: 'soak' }).catch(() => wait(200));
    await this.#server.ask(requests.runDelete, { run });
  }

  async #predict(): Promise<void> {
    const predictions = await this.#server.ask(requests.predictFiles, {
      project: this.#folder,
      files: [join(this.#folder, 'test')],
    });
    expect(predictions.every((one) => 'score' in one)).toBe(true);
  }

  /** The folder goes from the window and comes back. */
  async #reopen(): Promise<void> {
    const { client } = this.#server;
    const folder = { uri: pathToFileURL(this.#folder).href, name: this.#folder };
    const change = async (added: unknown[], removed: unknown[]): Promise<void> =>
      client.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
        event: { added, removed },
      });
    await change([], [folder]);
    await client.waitFor('no project', () => (client.projects.length === 0 ? true : undefined));
    await change([folder], []);
    await client.ready(this.#folder);
  }

  /** Another window on the same folder, which is closed again: its server goes with it. */
  async #visit(): Promise<void> {
    const visitor = await startRunClient(this.#folder);
    const query = { groupBy: 'split', sortBy: 'name', filter: {} } as const;
    await visitor.ask(requests.datasetGroups, { project: this.#folder, query, parent: null });
    const closed = once(visitor.child, 'exit');
    visitor.client.connection.dispose();
    visitor.child.stdin?.end();
    await closed;
  }
}

test.skipIf(process.platform !== 'linux')(
  `after ${minutes} minutes of work the server and its programs hold what they held`,
  async () => {
    const folder = await smallDataset(await temporaryFolder());
    const before = process.env['NODE_OPTIONS'];
    process.env['NODE_OPTIONS'] =
      `--import=${pathToFileURL(resolve('test/support/tidyCollector.mjs')).href}`;
    onTestFinished(() => {
      if (before === undefined) delete process.env['NODE_OPTIONS'];
      else process.env['NODE_OPTIONS'] = before;
    });
    const server = await startRunClient(folder);
    const kept = await startRun(server, folder, { ...quick, epochs: 1 });
    await server.run(kept, 'its end', ({ state }) => state === 'finished');
    await server.ask(requests.runActivate, { project: folder, run: kept });
    const { items } = await server.ask(requests.datasetPage, {
      query: { groupBy: 'split', sortBy: 'name', filter: { states: ['mask'] } },
      ...{ project: folder, group: null, offset: 0, limit: 3, version: null },
    });
    const day = new Day(
      server,
      folder,
      items.map(({ image }) => image),
    );
    const began = performance.now();
    const elapsed = (): number => (performance.now() - began) / 60_000;
    const samples: Partial<Record<Program, Use>>[] = [];
    let warmUp = 0;
    while (samples.length < leastRounds || elapsed() < minutes) {
      await day.round(kept);
      samples.push(sample(server));
      if (elapsed() < warmUpMinutes) warmUp = samples.length;
    }
    warmUp = Math.max(warmUp, Math.floor(samples.length / 3));
    console.log(`seed ${seed}: ${samples.length} rounds in ${elapsed().toFixed(1)} minutes`);
    const grown: string[] = [];
    for (const program of ['server', ...watched] as const) {
      const uses = samples.flatMap((one) => one[program] ?? []);
      expect(uses.length, program).toBeGreaterThan(leastRounds / 2);
      const memory = growth(
        uses.map((use) => use.memory),
        warmUp,
      );
      const handles = growth(
        uses.map((use) => use.handles),
        warmUp,
      );
      const line = `${program}: ${Math.round(memory.from / 1024)} → ${Math.round(memory.to / 1024)} MiB, ${handles.from} → ${handles.to} handles`;
      console.log(line);
      const allowed = Math.max(memory.from * allowedGrowth, memory.from + fillingHeaps);
      if (memory.to > allowed || handles.to > handles.from) grown.push(line);
    }
    expect(grown).toEqual([]);
    expect(isThere(server.child.pid ?? 0)).toBe(true);
  },
  (minutes + 10) * 60_000,
);

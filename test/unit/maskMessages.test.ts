/**
 * Whatever a page of the mask editor says (docs/trust.md): each message is answered, or dropped with a warning
 * that names what is wrong, and the document changes by well-formed edits that fit it alone.
 */
import fc from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';
import type * as vscode from 'vscode';
import { UserError } from '../../protocol/errors.ts';
import { applyChanges } from '../../protocol/mask/edits.ts';
import type { Layers } from '../../protocol/mask/edits.ts';
import { fromMaskEditor, maskActions, maskSteps, maskTools } from '../../protocol/maskEditor.ts';
import type { FromMaskEditor } from '../../protocol/maskEditor.ts';
import { receive } from '../../protocol/webview.ts';
import { areEqual, copyLayers } from '../../extension/maskEditor/maskModel.ts';
import { MaskEditorProvider } from '../../extension/maskEditor/maskEditorProvider.ts';
import type { MaskDocument } from '../../extension/maskEditor/maskDocument.ts';
import { Uri, hands } from '../support/fakeVscode.ts';
import { machine } from '../support/machine.ts';
import { randomChange } from '../support/maskPixels.ts';
import { MaskServer, maskFolder, maskImage } from '../support/maskServer.ts';
import { MaskView } from '../support/maskView.ts';
import { maskWorld } from '../support/maskWorld.ts';
import { seededRandom } from '../support/random.ts';

vi.mock('vscode', () => import('../support/fakeVscode.ts'));
vi.mock('node:fs/promises', async () => (await import('../support/machine.ts')).disk);
vi.mock('node:timers/promises', async () => ({
  setTimeout: (await import('../support/machine.ts')).wait,
}));

const isLong = process.env['SEGDEC_LONG'] !== undefined;
const messages = isLong ? 100_000 : 10_000;
const { seed = Date.now() % 2 ** 31 } = fc.readConfigureGlobal();
const size = { width: 45, height: 12 };

/** Good ones of each type, some of them edits that do not fit the image. */
const good: fc.Arbitrary<FromMaskEditor> = fc.integer().map((chance): FromMaskEditor => {
  const random = seededRandom(chance);
  const below = (limit: number): number => Math.floor(random() * limit);
  const one = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const large = { width: size.width + below(2) * 20, height: size.height + below(2) * 20 };
  const layers = one([['defect'], ['ignore'], ['defect', 'ignore'], ['defect', 'defect']] as const);
  const { taste } = maskWorld({} as never, {});
  const edit = (): FromMaskEditor => ({
    ...{ type: 'edit', version: below(100), id: below(1000), tool: one(maskTools) },
    changes: layers.map((layer) => randomChange(layer, large, below).change),
  });
  return one<() => FromMaskEditor>([
    ...[edit, edit, edit, edit, edit, edit],
    () => ({ type: 'ready' }),
    () => ({ type: 'taste', taste: taste() }),
    () => ({ type: 'mark', mark: one(['ok', 'defective']) }),
    () => ({ type: 'go', step: one(maskSteps) }),
    () => ({ type: one(['askClear', 'askPrevious']) }),
    () => ({ type: 'do', command: one(['undo', 'redo', 'save']) }),
    () => ({ type: 'server', action: one(['restart', 'showLog']) }),
    () => ({
      ...{ type: 'readings', zoom: random(), cursor: one([null, { x: below(9), y: -below(9) }]) },
      ...{
        area: below(99),
        regions: one([null, below(9)]),
        ignored: below(2),
        brushSize: below(9),
      },
      ...{ tool: one(maskTools), busy: below(2) === 0 },
    }),
    () => ({ type: 'painted', milliseconds: 1000 * random() }),
  ])();
});

const odd = fc.oneof(
  fc.anything({ withBigInt: true, withTypedArray: true, withDate: true, maxDepth: 2 }),
  fc.constantFrom<unknown>(-1, 1e300, NaN, 0.5, 16_385, '', '__proto__', [], {}, null),
  fc.constantFrom<unknown>(...maskTools, ...maskActions, 'edit', 'defect', 'toString'),
  fc.uint8Array({ maxLength: 40 }),
);

type Parts = Record<string, unknown>;
const isParts = (value: unknown): value is Parts =>
  typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);

/** A message with one part, however deep, replaced, removed, doubled or named differently. */
const mutated: fc.Arbitrary<unknown> = fc
  .tuple(good, odd, fc.infiniteStream(fc.nat(1000)))
  .map(([message, value, chances]) => {
    const below = (limit: number): number => Number(chances.next().value) % limit;
    const copy: unknown = structuredClone(message);
    let at = copy;
    for (;;) {
      if (!isParts(at)) return copy;
      const keys = Object.keys(at);
      const key = keys[below(Math.max(1, keys.length))];
      if (key === undefined) return copy;
      if (isParts(at[key]) && below(3) > 0) at = at[key];
      else {
        const way = below(5);
        if (way === 0) Reflect.deleteProperty(at, key);
        else if (way === 1) at[`${key}x`] = at[key];
        else if (way === 2 && Array.isArray(at)) at.push(...(at as unknown[]));
        else if (way === 3 && ArrayBuffer.isView(at[key])) {
          (at[key] as Uint8Array).fill(below(256), below(4), 4 + below(4));
        } else at[key] = value;
        return copy;
      }
    }
  });

const any = fc.oneof(
  { weight: 4, arbitrary: mutated },
  { weight: 2, arbitrary: good },
  { weight: 1, arbitrary: odd },
  {
    weight: 1,
    arbitrary: fc
      .tuple(good, fc.dictionary(fc.string(), odd, { maxKeys: 4 }))
      .map(([{ type }, parts]) => ({ ...parts, type })),
  },
);

/** An open document with one page, and what is heard of a message. */
class Bench {
  readonly view = new MaskView(size);
  readonly warnings: string[] = [];
  /** Whatever the extension did for the page but posting to it. */
  done: string[] = [];
  document: MaskDocument | undefined;
  #calls = 0;

  async open(): Promise<MaskDocument> {
    const server = new MaskServer(size.width, size.height);
    const services = server.services((warning) => this.warnings.push(warning));
    const info = (): void => void this.done.push('log');
    const log = { ...services.log, info } as unknown as vscode.LogOutputChannel;
    const world = maskWorld(
      { ...services, log },
      {
        keepTaste: () => void this.done.push('taste'),
        go: () => this.#act('go'),
        mark: () => this.#act('mark'),
        askClear: () => this.#act('askClear'),
        previousMask: async () => {
          await this.#act('previous');
          return undefined;
        },
        hasReadings: () => {
          provider.showReadings();
          this.done.push('readings');
        },
      },
    );
    hands.run = (command) => this.#act(command);
    hands.save = async () => {
      await this.#act('save');
      return undefined;
    };
    hands.answer = async ({ message }) => {
      this.done.push(message);
      return undefined;
    };
    const provider = new MaskEditorProvider(world, async () => undefined);
    const uri = Uri.file(`${maskFolder}/${maskImage}`) as unknown as vscode.Uri;
    const context = { backupId: undefined, untitledDocumentData: undefined };
    const opening = provider.openCustomDocument(uri, context);
    await machine.settle();
    this.document = await opening;
    provider.resolveCustomEditor(this.document, this.view.panel);
    this.view.say({ type: 'ready' });
    await machine.settle();
    return this.document;
  }

  /** Now and then it fails: the person is told, and the page goes on. */
  async #act(what: string): Promise<void> {
    this.done.push(what);
    this.#calls += 1;
    if (this.#calls % 7 === 0) throw new UserError(`${what} failed`);
  }

  forget(): void {
    [this.warnings.length, this.view.told.length, this.done] = [0, 0, []];
  }
}

/** What an edit makes of layers; undefined where it does not fit. */
function after(layers: Layers, message: FromMaskEditor | undefined): Layers | undefined {
  if (message?.type !== 'edit') return undefined;
  const copy = copyLayers(layers);
  try {
    applyChanges(copy, message.changes);
    return copy;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

beforeEach(() => {
  machine.reset();
  machine.random = seededRandom(seed);
});

test(`${messages} random messages are answered, or dropped with a warning`, async () => {
  console.log(`Random messages to the mask editor's host, seed ${seed}.`);
  const bench = new Bench();
  const { model } = await bench.open();
  const counts = { dropped: 0, applied: 0, refused: 0, others: 0 };
  for (const value of fc.sample(any, { seed, numRuns: messages })) {
    bench.forget();
    const message = receive(fromMaskEditor, value, () => undefined);
    const expected = after(model.layers, message) ?? copyLayers(model.layers);
    const isFitting = after(model.layers, message) !== undefined;
    bench.view.send(value);
    await machine.run(0);
    const text = (): string => fc.stringify(value);
    expect(areEqual(model.layers, expected), text()).toBe(true);
    expect(areEqual(bench.view.layers ?? expected, expected), text()).toBe(true);
    const told = bench.view.told.map(({ type }) => type);
    if (message === undefined) {
      expect(bench.warnings, text()).toHaveLength(1);
      expect([...told, ...bench.done], text()).toEqual([]);
      counts.dropped += 1;
    } else if (message.type === 'edit') {
      const [answer] = bench.view.told;
      expect(told, text()).toEqual([isFitting ? 'applied' : 'refused']);
      expect(answer, text()).toMatchObject({ id: message.id });
      counts[isFitting ? 'applied' : 'refused'] += 1;
    } else {
      expect(bench.warnings, text()).toEqual([]);
      expect(told.length + bench.done.length, text()).toBeGreaterThan(0);
      counts.others += 1;
    }
  }
  console.log(JSON.stringify(counts));
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(messages / 100);
});

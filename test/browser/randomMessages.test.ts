/** Whatever arrives as a message: a page shows no error, and goes on. 10,000 messages to each view. */
import fc from 'fast-check';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launch, whyNot } from './support/browser.ts';
import { makeSamples, openGrid } from './support/gridFixture.ts';
import { RunWriter, openTraining, runItem } from './support/trainingFixture.ts';

const batches = 20;
const perBatch = 500;
const timeout = 240_000;

/** Half of nothing we know, half close to what we know: right types, wrong or surprising parts. */
function messages(types: readonly string[], near: fc.Arbitrary<object>): fc.Arbitrary<unknown> {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withTypedArray: true,
    maxDepth: 3,
  });
  const typed = fc
    .tuple(fc.constantFrom(...types), fc.dictionary(fc.string(), fc.anything({ maxDepth: 2 })))
    .map(([type, parts]) => ({ ...parts, type }));
  const nearly = fc
    .tuple(fc.constantFrom(...types), near)
    .map(([type, parts]) => ({ ...parts, type }));
  return fc.oneof(anything, typed, nearly);
}

const small = fc.integer({ min: -2, max: 2000 });
const name = fc.oneof(
  fc.string(),
  fc
    .integer({ min: 0, max: 300 })
    .map((i) => `line ${1 + (i % 3)}/part_${String(i).padStart(5, '0')}.png`),
);
const item = fc.record({
  image: name,
  label: fc.constantFrom('ok', 'defective', 'unlabelled'),
  state: fc.constantFrom('ok', 'mask', 'weak', 'unlabelled', 'unknown'),
  split: fc.constantFrom('train', 'val', 'test'),
  kind: fc.string(),
  reviewed: fc.string(),
  mask: fc.boolean(),
  score: fc.option(fc.double()),
  outcome: fc.constantFrom('TP', 'FP', 'FN', 'TN', ''),
});
const gridParts = fc.record(
  {
    id: small,
    version: small,
    total: small,
    offset: small,
    from: small,
    side: small,
    reading: fc.boolean(),
    filtered: fc.boolean(),
    text: fc.string(),
    threshold: fc.option(fc.double()),
    places: fc.array(fc.option(small)),
    selected: fc.array(fc.option(small)),
    items: fc.array(item),
    names: fc.array(name),
    kind: fc.constantFrom('plain', 'overlay'),
    pictures: fc.array(fc.record({ image: name, uri: fc.option(fc.string()) })),
    progress: fc.record({ total: small, unlabelled: small }),
    status: fc.record({
      state: fc.constantFrom('ready', 'starting', 'away', 'gone'),
      message: fc.string(),
    }),
  },
  {
    requiredKeys: [
      'version',
      'total',
      'offset',
      'items',
      'status',
      'progress',
      'places',
      'selected',
    ],
  },
);
const number = fc.oneof(fc.double(), fc.nat(5000));
const event = fc.record(
  {
    t: fc.string(),
    kind: fc.constantFrom('state', 'step', 'epoch', 'validation', 'warning', 'error', 'checkpoint'),
    state: fc.constantFrom('starting', 'running', 'finished', 'failed'),
    message: fc.string(),
    file: fc.string(),
    epoch: small,
    epochs: small,
    done: small,
    total: small,
    split: fc.constantFrom('train', 'val', 'test'),
    segmentationLoss: number,
    classificationLoss: number,
    loss: number,
    lambda: number,
    seconds: number,
    imagesPerSecond: number,
    etaSeconds: number,
    averagePrecision: fc.option(number),
  },
  { requiredKeys: ['t', 'kind'] },
);
const trainingParts = fc.record({
  reset: fc.boolean(),
  events: fc.array(event),
  trusted: fc.boolean(),
  run: fc
    .record({
      ...{
        epoch: fc.option(small),
        epochs: fc.option(small),
        state: fc.constantFrom('running', 'failed', 'lost'),
      },
      ...{ averagePrecision: fc.option(number), name: fc.string(), hasWeights: fc.boolean() },
    })
    .map((parts) => ({ ...runItem(), ...parts })),
  status: fc.record({ state: fc.constantFrom('ready', 'away', 'lost'), message: fc.string() }),
});

describe.skipIf(whyNot !== undefined)('random messages', () => {
  let browser: Browser;

  beforeAll(async () => (browser = await launch()));
  afterAll(async () => await browser.close());

  /** Sends all batches, and looks at the page for two frames after each. */
  async function pour(page: Page, arbitrary: fc.Arbitrary<unknown>, first: number): Promise<void> {
    for (let batch = 0; batch < batches; batch += 1) {
      const sent = fc.sample(arbitrary, { seed: first + batch, numRuns: perBatch });
      await page.evaluate(async (values) => {
        for (const value of values) window.postMessage(value, '*');
        const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
        await frame();
        await frame();
      }, sent);
    }
  }

  const seed = process.env['SEGDEC_LONG'] === undefined ? 20_261_124 : Date.now() % 1_000_000_000;

  test(
    'the grid',
    async () => {
      console.log(`Random messages to the grid, seed ${seed}.`);
      const grid = await openGrid(browser, { samples: makeSamples(300) });
      const { page } = grid.view;
      await page.waitForSelector('.cell[data-image*="part_"]');
      const types = [
        'status',
        'changed',
        'listing',
        'page',
        'items',
        'progress',
        'pictures',
        'names',
        'start',
      ];
      await pour(page, messages(types, gridParts), seed);
      // Pictures at addresses that were made up are not loaded: that is the policy's work, not a fault.
      expect(grid.view.faults.filter((fault) => !fault.startsWith('policy: img-src'))).toEqual([]);
      expect(
        grid.view.console.filter((line) => line.startsWith('A message was ignored')).length,
      ).toBeGreaterThan(1000);
      grid.server.change((samples) => samples.slice(0, 7));
      await expect.poll(() => page.textContent('.count'), { timeout: 20_000 }).toBe('7 images');
      await grid.view.close();
    },
    timeout,
  );

  test(
    'the training view',
    async () => {
      console.log(`Random messages to the training view, seed ${seed}.`);
      const writer = new RunWriter().start().epochs(1, 5);
      const { view } = await openTraining(browser, writer, runItem());
      await view.page.waitForSelector('[data-fact="best"]');
      await pour(view.page, messages(['start', 'status', 'run', 'events'], trainingParts), seed);
      expect(view.faults).toEqual([]);
      expect(
        view.console.filter((line) => line.startsWith('A message was ignored')).length,
      ).toBeGreaterThan(1000);
      view.post({ type: 'events', reset: true, events: writer.events });
      view.post({ type: 'run', run: runItem({ state: 'finished', epoch: 5 }), trusted: true });
      await expect.poll(() => view.page.textContent('[data-fact="best"] dd')).toMatch(/Epoch 5/);
      await view.close();
    },
    timeout,
  );
});

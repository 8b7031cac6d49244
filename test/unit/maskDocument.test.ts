/**
 * The mask's document itself under random histories, in a VS Code, with a server and a person that are
 * simulated, against plain arrays of pixels: nothing that was drawn is lost or done twice, what VS Code takes
 * for saved is what the file holds, and nobody's file is overwritten unasked.
 */
import type * as zlibModule from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { machine } from '../support/machine.ts';
import { MaskDesk } from '../support/maskDesk.ts';
import { seededRandom } from '../support/random.ts';

vi.mock('vscode', () => import('../support/fakeVscode.ts'));
vi.mock('node:fs/promises', async () => (await import('../support/machine.ts')).disk);
vi.mock('node:timers/promises', async () => ({
  setTimeout: (await import('../support/machine.ts')).wait,
}));
// On threads of its own it would come back in any order.
vi.mock('node:zlib', async (original) => {
  const zlib = await original<typeof zlibModule>();
  type Done = (error: Error | null, bytes?: Buffer) => void;
  const atOnce =
    (work: (bytes: Uint8Array) => Buffer) =>
    (bytes: Uint8Array, ...rest: unknown[]): void => {
      const done = rest.at(-1) as Done;
      try {
        done(null, work(bytes));
      } catch (error) {
        done(error as Error);
      }
    };
  return { ...zlib, deflate: atOnce(zlib.deflateSync), inflate: atOnce(zlib.inflateSync) };
});

beforeAll(() => {
  vi.stubGlobal('setTimeout', (run: () => void, milliseconds = 0) =>
    machine.after(milliseconds, run, true),
  );
  vi.stubGlobal('clearTimeout', (id: number | undefined) => {
    if (id !== undefined) machine.cancel(id);
  });
  vi.spyOn(Date, 'now').mockImplementation(() => machine.now);
});
afterAll(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const isLong = process.env['SEGDEC_LONG'] !== undefined;
const sequences = isLong ? 100_000 : 1000;
const steps = 100;
const { seed = Date.now() % 2 ** 31 } = fc.readConfigureGlobal();

type Act = (desk: MaskDesk) => unknown;
/** What happens, how often, and how. */
const acts: Readonly<Record<string, readonly [weight: number, act: Act]>> = {
  edit: [34, (desk) => desk.edit()],
  undo: [16, (desk) => desk.turn(true)],
  redo: [8, (desk) => desk.turn(false)],
  save: [11, (desk) => desk.save()],
  revert: [2, (desk) => desk.revert()],
  backup: [4, (desk) => void desk.backup()],
  outside: [5, (desk) => desk.outside()],
  away: [2, (desk) => desk.turnServer(false)],
  back: [4, (desk) => desk.turnServer(true)],
  pause: [8, () => machine.run(machine.below(400))],
  settle: [6, (desk) => desk.settle()],
  reload: [1, (desk) => desk.reload()],
  kill: [1, (desk) => desk.kill()],
  close: [1, (desk) => desk.close()],
};

interface Step {
  readonly name: string;
  readonly seed: number;
}
const step: fc.Arbitrary<Step> = fc.record({
  name: fc.noShrink(
    fc.oneof(
      ...Object.entries(acts).map(([name, [weight]]) => ({ weight, arbitrary: fc.constant(name) })),
    ),
  ),
  // Of all that is by chance from this step to the next: a shorter history keeps it.
  seed: fc.noShrink(fc.integer()),
});

async function live(history: readonly Step[]): Promise<void> {
  machine.reset();
  machine.random = seededRandom(7);
  const desk = new MaskDesk();
  await desk.open(undefined, undefined);
  for (const { name, seed } of history) {
    machine.random = seededRandom(seed);
    await acts[name]?.[1](desk);
    await machine.run(machine.below(2) === 0 ? 0 : machine.below(60));
    desk.check();
  }
  desk.turnServer(true);
  await desk.settle();
}

test(
  `${sequences} histories of about ${steps} steps: edits, saves, changes on disk, kills, servers that go`,
  { timeout: isLong ? 3_600_000 : 120_000 },
  async () => {
    console.log(`maskDocument seed ${seed}`);
    const history = fc.array(step, { minLength: 1, maxLength: 2 * steps, size: 'max' });
    await fc.assert(fc.asyncProperty(history, live), { seed, numRuns: sequences });
    expect(machine.now).toBeGreaterThan(0);
  },
);

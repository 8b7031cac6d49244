/**
 * A simulated machine for what is asynchronous: its time, its chance and its files. All that happens comes in
 * an order that a seed tells, however busy the real machine is, and an extension host can be killed on it.
 */
import { seededRandom } from './random.ts';

interface Timer {
  readonly id: number;
  readonly at: number;
  readonly run: () => void;
  /** Ends with the extension host. */
  readonly isHosts: boolean;
}

interface Entry {
  bytes: Buffer;
}

/** More than any settling takes. */
const mostTimers = 20_000;
/** Real time, for a process that lets all microtasks run before the next timer. */
const { setImmediate: afterMicrotasks } = globalThis;

class Machine {
  now = 0;
  random: () => number = seededRandom(0);
  /** Which extension host lives. */
  host = 0;
  readonly files = new Map<string, Entry>();
  #timers: Timer[] = [];
  #ids = 0;

  reset(): void {
    this.host += 1;
    this.now = 1_000_000;
    this.#timers = [];
    this.files.clear();
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  after(milliseconds: number, run: () => void, isHosts: boolean): number {
    this.#ids += 1;
    const timer = { id: this.#ids, at: this.now + Math.max(0, milliseconds), run, isHosts };
    const place = this.#timers.findIndex(({ at }) => at > timer.at);
    this.#timers.splice(place === -1 ? this.#timers.length : place, 0, timer);
    return timer.id;
  }

  cancel(id: number): void {
    this.#timers = this.#timers.filter((timer) => timer.id !== id);
  }

  /** Something that the host waits for; it never comes when the host is killed. */
  pause(most: number): Promise<void> {
    // Half of all is there at once: the order of what follows at once has to be right too.
    const milliseconds = Math.max(0, this.below(2 * most) - most);
    if (milliseconds === 0) return Promise.resolve();
    return new Promise((resolve) => this.after(milliseconds, resolve, true));
  }

  /** Lets time pass. */
  async run(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    await microtasks();
    for (let next = this.#timers[0]; next !== undefined && next.at <= end; next = this.#timers[0]) {
      await this.#fire(next);
    }
    this.now = end;
  }

  /** Lets time pass until nothing is to happen any more, or until `isDone`. */
  async settle(isDone: () => boolean = () => false): Promise<void> {
    await microtasks();
    let fired = 0;
    for (let next = this.#timers[0]; next !== undefined && !isDone(); next = this.#timers[0]) {
      await this.#fire(next);
      fired += 1;
      if (fired > mostTimers) throw new Error('it does not come to rest');
    }
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers.shift();
    this.now = timer.at;
    timer.run();
    await microtasks();
  }

  /** `kill -9`: what the host waited for does not come. What the disk holds stays. */
  killHost(): void {
    this.host += 1;
    this.#timers = this.#timers.filter(({ isHosts }) => !isHosts);
  }
}

const microtasks = (): Promise<void> => new Promise((resolve) => afterMicrotasks(resolve));

/** The one that the modules of this directory simulate. */
export const machine = new Machine();

const absent = (file: string): Error =>
  Object.assign(new Error(`ENOENT: no such file, '${file}'`), { code: 'ENOENT' });

const diskTime = 3;

function entryOf(file: string): Entry {
  const entry = machine.files.get(file);
  if (entry === undefined) throw absent(file);
  return entry;
}

/** What the extension uses of `node:fs/promises`. */
export const disk = {
  async readFile(file: string): Promise<Buffer> {
    await machine.pause(diskTime);
    return Buffer.from(entryOf(file).bytes);
  },
  async writeFile(file: string, bytes: Uint8Array | string): Promise<void> {
    const copy = Buffer.from(bytes as Uint8Array);
    await machine.pause(diskTime);
    machine.files.set(file, { bytes: copy });
  },
  async rename(from: string, to: string): Promise<void> {
    await machine.pause(diskTime);
    machine.files.set(to, entryOf(from));
    machine.files.delete(from);
  },
  async rm(file: string): Promise<void> {
    await machine.pause(diskTime);
    machine.files.delete(file);
  },
  async mkdir(): Promise<void> {
    await machine.pause(diskTime);
  },
  async stat(file: string): Promise<{ isFile(): boolean }> {
    await machine.pause(diskTime);
    entryOf(file);
    return { isFile: () => true };
  },
  async open(file: string) {
    await machine.pause(diskTime);
    const entry = entryOf(file);
    let position = 0;
    return {
      async stat(): Promise<{ size: number; isFile(): boolean }> {
        await machine.pause(diskTime);
        return { size: entry.bytes.length, isFile: () => true };
      },
      async read(buffer: Buffer, offset: number, length: number): Promise<{ bytesRead: number }> {
        await machine.pause(diskTime);
        const bytesRead = entry.bytes.copy(buffer, offset, position, position + length);
        position += bytesRead;
        return { bytesRead };
      },
      async appendFile(bytes: Uint8Array): Promise<void> {
        await machine.pause(diskTime);
        entry.bytes = Buffer.concat([entry.bytes, bytes]);
      },
      async close(): Promise<void> {
        await machine.pause(diskTime);
      },
    };
  },
};

/** What the extension uses of `node:timers/promises`. */
export function wait(
  milliseconds: number,
  value?: unknown,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const id = machine.after(milliseconds, () => resolve(value), true);
    signal?.addEventListener('abort', () => {
      machine.cancel(id);
      reject(new Error('aborted'));
    });
  });
}

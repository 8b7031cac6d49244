/** A server with the mask of one image on the simulated machine, which answers as the real one's MaskStore does. */
import { createHash } from 'node:crypto';
import type { Services } from '../../extension/context.ts';
import { copyLayers, layersOf } from '../../extension/maskEditor/maskModel.ts';
import { ServerAway } from '../../extension/server/serverHandle.ts';
import { MaskBits } from '../../protocol/mask/bits.ts';
import { layerNames } from '../../protocol/mask/edits.ts';
import type { LayerName, Layers } from '../../protocol/mask/edits.ts';
import type { MaskWritten, OpenedMask } from '../../protocol/masks.ts';
import { EventEmitter, Uri, fileChanged } from './fakeVscode.ts';
import { machine } from './machine.ts';

export const maskFolder = '/data';
export const maskImage = 'defective/a.png';
export const maskTarget = 'masks/a.png';

/** What the files held when the server read them. */
export interface Handed {
  readonly layers: Layers;
  readonly stamp: string;
}

type Write = Readonly<Record<LayerName, string | null>> & { readonly stamp: string | null };

const running = { name: 'running', resolution: null, processId: 1 } as const;
const away = { name: 'stopped', why: 'The server is away.' } as const;
/** Milliseconds that the server takes at most. */
const workTime = 40;
/** Milliseconds until a change of a file is told. */
const watchTime = 60;

export const stampOf = (layers: Layers): string => {
  const hash = createHash('sha1');
  for (const name of layerNames) hash.update(layers[name].bytes);
  return hash.digest('hex');
};

export class MaskServer {
  readonly width: number;
  readonly height: number;
  /** What the files hold. */
  file: Layers;
  /** Each mask that the files held. */
  readonly history = new Map<string, Layers>();
  isRunning = true;
  /** Of the last answer to maskOpen that reached a host. */
  handed: Handed | undefined;
  onHanded: (handed: Handed) => void = () => undefined;
  /** Before a write lands: a test's chance to say that it must not. */
  onWrite: (stamp: string | null) => void = () => undefined;
  readonly #states = new EventEmitter<unknown>();
  readonly #projects = new EventEmitter<unknown>();
  readonly #reads = new WeakMap<object, Handed>();

  constructor(width: number, height: number) {
    [this.width, this.height] = [width, height];
    this.file = layersOf(width, height, { defect: null, ignore: null });
    this.history.set(stampOf(this.file), this.file);
  }

  /** Somebody writes the files. */
  put(layers: Layers): void {
    this.file = layers;
    this.history.set(stampOf(layers), layers);
    machine.after(machine.below(watchTime), () => fileChanged(`${maskFolder}/${maskTarget}`), true);
  }

  turn(isRunning: boolean): void {
    if (this.isRunning === isRunning) return;
    this.isRunning = isRunning;
    this.#states.fire(isRunning ? running : away);
    if (isRunning) this.#projects.fire(undefined);
  }

  /** Of a new extension host. `log` hears each warning and error. */
  services(log: (text: string) => void): Services {
    const project = { id: maskFolder, dataset: maskFolder, labelsFile: '', reading: false };
    const quiet = (): void => undefined;
    const isRunning = (): boolean => this.isRunning;
    const state = (): unknown => (isRunning() ? running : away);
    this.#states.dispose();
    this.#projects.dispose();
    return {
      extension: {
        ...{ extensionUri: Uri.file('/extension'), storageUri: Uri.file('/storage') },
        globalStorageUri: Uri.file('/global'),
        extension: { packageJSON: { contributes: { keybindings: [] } } },
      },
      log: { info: quiet, debug: quiet, warn: log, error: log },
      server: {
        get state() {
          return state();
        },
        onDidChangeState: this.#states.event,
        start: () => this.#start(),
        request: ({ type }: { type: { method: string } }, params: unknown) =>
          this.#request(type.method, params),
      },
      projects: {
        get isFresh() {
          return isRunning();
        },
        toldBy: running.processId,
        all: [{ ...project, images: 1, version: 1, activeRun: null }],
        onDidChange: this.#projects.event,
      },
      labels: {
        onDidChange: new EventEmitter<unknown>().event,
        applied: (_: string, item: unknown) => item,
      },
    } as unknown as Services;
  }

  async #start(): Promise<void> {
    await machine.pause(workTime);
    this.#mustRun();
  }

  #mustRun(): void {
    if (!this.isRunning) throw new ServerAway(away.why);
  }

  #request(method: string, params: unknown): Promise<unknown> {
    const { host } = machine;
    return new Promise((resolve, reject) => {
      const work = async (): Promise<unknown> => {
        this.#mustRun();
        const answer = await this.#answer(method, params);
        // It may have gone meanwhile, with what it did done.
        this.#mustRun();
        return answer;
      };
      // A host that was killed hears nothing, though the server did what it was asked for.
      const told =
        <T>(tell: (value: T) => void) =>
        (value: T): void => {
          if (machine.host === host) tell(value);
        };
      work().then(
        told((answer) => {
          this.#hand(answer);
          resolve(answer);
        }),
        told(reject),
      );
    });
  }

  async #answer(method: string, params: unknown): Promise<unknown> {
    switch (method) {
      case 'segdec/mask/open':
        return await this.#open();
      case 'segdec/mask/stamp':
        await this.#takes();
        return { stamp: stampOf(this.file) };
      case 'segdec/mask/write':
        return await this.#write(params as Write);
      case 'segdec/image/tiles':
        return { folder: '/tiles', ending: 'png', tile: 512, levels: 1, ...this.#size };
      case 'segdec/image/heatmap':
        return { file: null, threshold: 0.5 };
      default:
        return [null];
    }
  }

  get #size(): { width: number; height: number } {
    return { width: this.width, height: this.height };
  }

  async #open(): Promise<OpenedMask> {
    await this.#takes();
    // One stamp for all that is read, as the real one.
    const [layers, stamp] = [copyLayers(this.file), stampOf(this.file)];
    await this.#takes();
    const kept = (name: LayerName): string | null => {
      if (layers[name].isEmpty) return null;
      const path = `/cache/${name}.${stampOf(layers)}.bits`;
      machine.files.set(path, { bytes: Buffer.from(layers[name].bytes.slice()) });
      return path;
    };
    const files = { defect: kept('defect'), ignore: kept('ignore') };
    const place = { target: maskTarget, needsRow: false, readOnly: null };
    const opened = { ...this.#size, ...files, stamp, ...place };
    this.#reads.set(opened, { layers, stamp });
    return opened;
  }

  #hand(answer: unknown): void {
    const read = this.#reads.get(answer as object);
    if (read === undefined) return;
    this.handed = read;
    this.onHanded(read);
  }

  async #write({ defect, ignore, stamp }: Write): Promise<MaskWritten> {
    await this.#takes();
    const now = stampOf(this.file);
    if (stamp !== null && stamp !== now) return { outcome: 'conflict', stamp: now };
    const given = (path: string | null, layer: MaskBits): MaskBits => {
      const bytes = path === null ? undefined : machine.files.get(path)?.bytes;
      return bytes === undefined ? layer : MaskBits.fromBytes(this.width, this.height, bytes);
    };
    this.onWrite(stamp);
    this.put({ defect: given(defect, this.file.defect), ignore: given(ignore, this.file.ignore) });
    const written = stampOf(this.file);
    await this.#takes();
    return { outcome: 'saved', stamp: written };
  }

  /** The server's own time goes on without the host. */
  #takes(): Promise<void> {
    const milliseconds = Math.max(0, machine.below(2 * workTime) - workTime);
    if (milliseconds === 0) return Promise.resolve();
    return new Promise((resolve) => machine.after(milliseconds, resolve, false));
  }
}

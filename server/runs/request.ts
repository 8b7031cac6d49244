/** What a run can be asked for. Everything but the data is optional: the absent is inferred and shown. */
import type { LayoutName } from '../../protocol/dataset.ts';
import type {
  DeviceName,
  EngineName,
  PresetName,
  RunEvent,
  TrainingSettings,
  Variant,
} from '../../protocol/run.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import type { RunParts } from './parts.ts';

export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

export interface TrainRequest {
  /** The dataset folder, or the folder of the segdec.json that names it. */
  readonly data: string;
  /** The dataset folder in place of the one that segdec.json names; its other settings hold. */
  readonly dataset?: string;
  readonly layout?: LayoutName;
  readonly class?: string;
  readonly onlyClass?: boolean;
  readonly fold?: number;
  /** Seed of splits that the dataset leaves open; apart from `seed`, so that runs share a test set. */
  readonly splitSeed?: number;
  /** N, 'all' (default), or the images whose masks may be used. */
  readonly segmented?: number | 'all' | readonly string[];
  readonly preset?: PresetName;
  readonly variant?: Variant;
  /** Multiplies the network's channel counts. */
  readonly width?: number;
  /** Input size in pixels. */
  readonly size?: PixelSize;
  readonly channels?: 1 | 3;
  /** Numbers of the preset that are set by hand. */
  readonly settings?: Partial<TrainingSettings>;
  readonly seed?: number;
  /** A fraction of train to hold out, or 'test' to validate on test as the released program does. */
  readonly validation?: number | 'test' | 'none';
  readonly validationEvery?: number;
  readonly weights?: 'last' | 'best';
  readonly engine?: EngineName;
  readonly device?: DeviceName;
  /** The budget from which forms are chosen, and which the run must fit in. */
  readonly memoryBytes?: number;
  readonly threads?: number;
  /**
   * What the settings of this machine's editor say. They count where neither flags nor segdec.json do: the
   * project knows what its training needs. Where segdec.json says something else, the origin tells so.
   */
  readonly machine?: { readonly threads?: number; readonly memoryBytes?: number };
  /** A run folder or safetensors file to start from. */
  readonly from?: string;
  /** The run folder; default a new one under `.segdec/runs`. */
  readonly output?: string;
  readonly name?: string;
  /** Memory for prepared samples; the rest is kept on disk. */
  readonly cacheBytes?: number;
}

/** What comes with every call that runs: how to stop it, who listens, and (in tests) other parts. */
export interface RunHooks {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  /** Hears how many images of how many are scored, after each. */
  readonly onScored?: (done: number, total: number) => void;
  readonly parts?: RunParts;
  /** Milliseconds before each further try to read what is out of reach; default about a minute in all. */
  readonly patience?: readonly number[];
  readonly fs?: FileSystem;
}

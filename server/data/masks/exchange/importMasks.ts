/**
 * Brings masks from elsewhere into a dataset, image after image, each layer written whole by writeMask. Labels
 * follow in one write at the end, also of an import that was stopped: what was written is labelled.
 */
import { relative, sep } from 'node:path';
import { CancelledError, UserError } from '../../../../protocol/errors.ts';
import { MaskBits } from '../../../../protocol/mask/bits.ts';
import type {
  ExistingRule,
  ImportFormat,
  MaskImportReport,
} from '../../../../protocol/maskExchange.ts';
import type { ImageReader } from '../../images/reader.ts';
import { layerNames, openMask } from '../openMask.ts';
import type { LayerName, MaskLayers } from '../openMask.ts';
import { ignorePlace } from '../place.ts';
import type { MaskPlace } from '../place.ts';
import { writeMask } from '../writeMask.ts';
import type { DrawnLayers, MaskSource, SourceEntry } from './contract.ts';
import type { ExchangeDataset } from './dataset.ts';
import { openMaskSource } from './detect.ts';
import { Findings, sentence } from './findings.ts';
import { ImageNames } from './imageNames.ts';
import { assertLabels, labelDefective } from './labelImported.ts';

export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

export interface ImportRequest {
  /** Absolute path of a file or folder. */
  readonly source: string;
  readonly format?: ImportFormat;
  readonly existing?: ExistingRule;
  readonly dryRun?: boolean;
  readonly reader: ImageReader;
  readonly signal: AbortSignal;
  /** `total` is 0 while it is not known. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Has a write wait for those of others; default: at once. */
  readonly inTurn?: InTurn;
}

/** What became of a layer. */
type Outcome = 'written' | 'kept' | 'unchanged';

function united(a: MaskBits, b: MaskBits): MaskBits {
  const words = a.words.map((word, place) => word | (b.words[place] ?? 0));
  return new MaskBits(a.width, a.height, words);
}

/** What a layer becomes; without bits it stays as it is. */
interface Ready {
  readonly outcome: Outcome;
  readonly bits?: MaskBits;
}

/** A layer that has pixels already. */
function beside(existing: MaskBits, given: MaskBits, rule: ExistingRule): Ready {
  const bits = rule === 'add' ? united(existing, given) : given;
  if (existing.equals(bits)) return { outcome: 'unchanged' };
  return rule === 'keep' ? { outcome: 'kept' } : { outcome: 'written', bits };
}

class Import {
  readonly #dataset: ExchangeDataset;
  readonly #request: ImportRequest;
  readonly #names: ImageNames;
  readonly #findings = new Findings();
  readonly #counts = {
    ...{ entries: 0, unmatched: 0, refused: 0 },
    ...{ written: 0, kept: 0, unchanged: 0 },
  };
  /** Where each layer came from: a second entry would overwrite the first. */
  readonly #sources = new Map<string, string>();
  /** Images that got defect pixels, and where their masks are. */
  readonly #defective = new Map<string, MaskPlace>();

  constructor(dataset: ExchangeDataset, request: ImportRequest) {
    this.#dataset = dataset;
    this.#request = request;
    this.#names = new ImageNames(dataset.samples.map(({ image }) => image));
  }

  async run(): Promise<MaskImportReport> {
    const { source: path, format, reader, signal, dryRun = false } = this.#request;
    // Before anything is written: labels that cannot be written would leave masks without them.
    await assertLabels(this.#dataset.root);
    const source = await openMaskSource({
      ...{ path, reader, signal },
      ...(format === undefined ? {} : { format }),
      ...(this.#dataset.class === undefined ? {} : { class: this.#dataset.class }),
    });
    if (source.note !== undefined) this.#findings.add('warning', null, source.note);
    const failure = await this.#entries(source);
    // What was written before the source broke off, or before the person stopped, is labelled as well.
    const labelled = await this.#label();
    if (failure !== undefined) throw this.#ending(failure.error, labelled);
    const findings = this.#findings.report;
    return { format: source.format, dryRun, ...this.#counts, labelled, findings };
  }

  /** Takes one entry after the other; gives what ended it too early. */
  async #entries(source: MaskSource): Promise<{ readonly error: unknown } | undefined> {
    const { signal, onProgress } = this.#request;
    try {
      for await (const entry of source.entries(signal)) {
        signal.throwIfAborted();
        await this.#entry(entry);
        onProgress?.(this.#counts.entries, source.total);
      }
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  #ending(error: unknown, labelled: number): unknown {
    const { written } = this.#counts;
    if (this.#request.signal.aborted) {
      return new CancelledError(
        `Stopped: the masks of ${written} images were imported, and ${labelled} of these images labelled.`,
      );
    }
    if (!(error instanceof UserError) || written === 0) return error;
    return new UserError(`${error.message} The masks of ${written} images before were imported.`, {
      cause: error,
    });
  }

  async #entry(entry: SourceEntry): Promise<void> {
    this.#counts.entries += 1;
    const match = this.#names.match(entry.reference, entry.kind);
    if (!('image' in match)) {
      this.#unmatched(entry, match.several);
      return;
    }
    const { image } = match;
    try {
      const inTurn: InTurn = this.#request.inTurn ?? ((work) => work());
      const outcomes = await inTurn(() => this.#take(entry, image));
      for (const outcome of ['written', 'kept'] as const) {
        if (outcomes.includes(outcome)) this.#counts[outcome] += 1;
      }
      if (outcomes.every((outcome) => outcome === 'unchanged')) this.#counts.unchanged += 1;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#counts.refused += 1;
      this.#findings.add('error', image, sentence(`${entry.place}: ${error.message}`));
    }
  }

  #unmatched({ place }: SourceEntry, several: readonly string[]): void {
    this.#counts.unmatched += 1;
    const some = several.slice(0, 3).join(', ');
    const why =
      several.length === 0
        ? 'no image of the dataset has its name; rename one of the two'
        : `${several.length} images fit its name (${some}${several.length > 3 ? ', …' : ''}); give its whole path in the dataset`;
    this.#findings.add('error', null, sentence(`${place}: ${why}`));
  }

  /** Both layers are ready before the first is written. */
  async #take(entry: SourceEntry, image: string): Promise<Outcome[]> {
    const { reader } = this.#request;
    this.#assertNoImage(entry);
    const subject = this.#dataset.subject(image);
    const layers = await openMask(subject, reader);
    const { width, height } = layers;
    const assertSize = (what: string, size: { width: number; height: number }): void => {
      if (size.width === width && size.height === height) return;
      throw new UserError(
        `${what} has ${size.width}x${size.height} pixels and ${image} ${width}x${height}; give both the same size`,
      );
    };
    if (entry.size !== undefined) assertSize('its image', entry.size);
    if (layers.unread.length === layerNames.length) throw new UserError(layers.readOnly ?? '');
    const drawn = await entry.draw({ width, height }, (message) =>
      this.#findings.add('warning', image, sentence(`${entry.place}: ${message}`)),
    );
    const given = layerNames.filter((name) => drawn[name] !== undefined);
    for (const name of given) assertSize('it', drawn[name] ?? { width, height });
    this.#assertFirst(given, image, entry.place);
    const places = { defect: subject.place, ignore: ignorePlace(image) };
    const ready = given.map((name) => this.#ready(name, drawn, layers, places[name]));
    for (const [i, name] of given.entries()) {
      const bits = ready[i]?.bits;
      if (bits !== undefined) await this.#write(image, name, places[name], bits);
    }
    return ready.map(({ outcome }) => outcome);
  }

  /** A source within the dataset may hold its images, which have pixels everywhere. */
  #assertNoImage({ file }: SourceEntry): void {
    if (file === undefined) return;
    const path = relative(this.#dataset.root, file).split(sep).join('/');
    if (!this.#dataset.has(path)) return;
    throw new UserError('it is an image of the dataset and no mask; name the folder of the masks');
  }

  #assertFirst(given: readonly LayerName[], image: string, place: string): void {
    for (const name of given) {
      const before = this.#sources.get(`${name} ${image}`);
      if (before === undefined) continue;
      throw new UserError(`${image} was taken from ${before} already; leave one of the two out`);
    }
    for (const name of given) this.#sources.set(`${name} ${image}`, place);
  }

  /** Throws a UserError for a layer that would change and cannot be written. */
  #ready(name: LayerName, drawn: DrawnLayers, layers: MaskLayers, place: MaskPlace): Ready {
    const [given, existing] = [drawn[name], layers[name]];
    if (given === undefined) return { outcome: 'unchanged' };
    const fault = layers.faults[name];
    const ready =
      existing === undefined
        ? this.#fresh(given, place, fault === undefined)
        : beside(existing, given, this.#request.existing ?? 'keep');
    if (fault !== undefined && ready.outcome === 'written') throw new UserError(fault);
    return ready;
  }

  /** A layer that has no pixels yet. */
  #fresh(given: MaskBits, place: MaskPlace, isWritable: boolean): Ready {
    if (!given.isEmpty) return { outcome: 'written', bits: given };
    // A layout whose masks say "good" gets the mask that says so.
    const saysGood =
      isWritable &&
      place.kind === 'file' &&
      place.whenEmpty === 'zero-mask' &&
      !this.#dataset.listing.tree.has(place.path);
    return saysGood ? { outcome: 'written', bits: given } : { outcome: 'unchanged' };
  }

  async #write(image: string, name: LayerName, place: MaskPlace, bits: MaskBits): Promise<void> {
    if (this.#request.dryRun !== true) await writeMask(this.#dataset.root, place, bits);
    if (name === 'defect' && !bits.isEmpty) this.#defective.set(image, place);
  }

  async #label(): Promise<number> {
    if (this.#defective.size === 0) return 0;
    const { reader, dryRun = false } = this.#request;
    const { labelled, unnameable } = await labelDefective(this.#dataset, this.#defective, {
      reader,
      dryRun,
    });
    for (const image of unnameable) {
      const message = `labels.csv cannot name ${JSON.stringify(image)}, so that it got a mask and no label; rename it.`;
      this.#findings.add('warning', image, message);
    }
    return labelled;
  }
}

/**
 * Imports masks. Throws a UserError for a source or a labels.csv that cannot be used, a CancelledError when it
 * was stopped: whole masks were written then, and their labels.
 */
export async function importMasks(
  dataset: ExchangeDataset,
  request: ImportRequest,
): Promise<MaskImportReport> {
  return await new Import(dataset, request).run();
}

/**
 * Brings masks from elsewhere into a dataset, image after image, each layer written whole by writeMask. Labels
 * follow in one write at the end, also of an import that was stopped: what was written is labelled.
 */
import { counted } from '../../../../protocol/counted.ts';
import { relative, sep } from 'node:path';
import { CancelledError, UserError, errorText } from '../../../../protocol/errors.ts';
import type { MaskBits } from '../../../../protocol/mask/bits.ts';
import type {
  ExistingRule,
  ImportFormat,
  MaskImportReport,
} from '../../../../protocol/maskExchange.ts';
import type { LabelsTable } from '../../../../protocol/labels/labelsTable.ts';
import { orientedReader } from '../../images/reader.ts';
import type { ImageReader } from '../../images/reader.ts';
import { assumedTurned, fitsOnlyStored, storedAdvice } from '../../maskFindings.ts';
import { layerNames, openMask } from '../openMask.ts';
import type { LayerName, MaskLayers } from '../openMask.ts';
import { ignorePlace, unreadPlace } from '../place.ts';
import type { MaskPlace } from '../place.ts';
import { MaskChanged, writeMask } from '../writeMask.ts';
import { DiskError } from '../../../files/atomicWrite.ts';
import { Claims } from './claims.ts';
import type { DrawnLayers, MaskSource, SourceEntry, Teller } from './contract.ts';
import type { ExchangeDataset } from './dataset.ts';
import { openMaskSource } from './detect.ts';
import { Findings, sentence } from './findings.ts';
import { FoundNames } from './foundNames.ts';
import { ImageNames } from './imageNames.ts';
import type { Match } from './imageNames.ts';
import { emptiedRows, labelDefective, usableLabels } from './labelImported.ts';
import { beside } from './layerRule.ts';
import type { Outcome, Ready } from './layerRule.ts';
import { SourceReader } from './readSource.ts';
import { Told } from './told.ts';

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

/** Tries with a mask that others keep changing. */
const mostTries = 5;

/** What became of the layers that an entry drew, and what it said. */
interface Taken {
  readonly outcomes: readonly Outcome[];
  readonly told: Told;
}

type NamedImage = Extract<Match, { readonly image: string }>;

interface Failure {
  readonly error: unknown;
}

class Import {
  readonly #dataset: ExchangeDataset;
  readonly #request: ImportRequest;
  readonly #names: ImageNames;
  readonly #texts: SourceReader;
  readonly #findings = new Findings();
  readonly #counts = {
    ...{ entries: 0, unmatched: 0, refused: 0 },
    ...{ written: 0, kept: 0, unchanged: 0, lost: 0 },
  };
  /** Where each layer came from: a second entry would overwrite the first. */
  readonly #sources = new Map<string, string>();
  /** The image of each file that a mask was taken for: two of them may share one. */
  readonly #places = new Map<string, string>();
  /** Images whose defect pixels are those of an entry now, and where their masks are. */
  readonly #defective = new Map<string, MaskPlace>();
  readonly #found = new FoundNames();
  #last = '';
  /** Images whose defect pixels were taken away. */
  readonly #emptied: string[] = [];

  constructor(dataset: ExchangeDataset, request: ImportRequest) {
    this.#dataset = dataset;
    const reader = orientedReader(request.reader, dataset.options.orientation);
    this.#request = { ...request, reader };
    const images = dataset.samples.map(({ image }) => image);
    this.#names = new ImageNames(images);
    this.#texts = new SourceReader(images);
  }

  async run(): Promise<MaskImportReport> {
    const { source: path, format, reader, signal, dryRun = false } = this.#request;
    // Before anything is written: labels that cannot be written would leave masks without them.
    const table = await usableLabels(this.#dataset.root, !dryRun);
    const source = await openMaskSource({
      ...{ path, reader, signal, texts: this.#texts },
      followLinks: this.#dataset.options.followLinks !== false,
      ...(format === undefined ? {} : { format }),
      ...(this.#dataset.class === undefined ? {} : { class: this.#dataset.class }),
    });
    if (source.note !== undefined) this.#findings.add('warning', null, source.note);
    const failure = await this.#entries(source);
    this.#tellReading();
    // What was written before the source broke off, or before the person stopped, is labelled as well.
    const labelled = await this.#labelAfter(failure, table);
    if (failure !== undefined) throw this.#ending(failure.error, labelled);
    const findings = this.#findings.report;
    return { format: source.format, dryRun, ...this.#counts, labelled, findings };
  }

  /** Takes one entry after the other; gives what ended it too early. */
  async #entries(source: MaskSource): Promise<Failure | undefined> {
    const { signal, onProgress } = this.#request;
    try {
      const claims = await Claims.of(source, this.#names, signal);
      const tell = this.#teller((message) => this.#findings.add('warning', null, message));
      for await (const entry of source.entries(signal, tell)) {
        signal.throwIfAborted();
        await this.#entry(entry, claims);
        onProgress?.(this.#counts.entries, source.total);
      }
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** Labels; a fault does not hide what ended the entries before. */
  async #labelAfter(failure: Failure | undefined, table: LabelsTable | undefined): Promise<number> {
    try {
      return await this.#label(table);
    } catch (error) {
      if (failure === undefined) throw error;
      const text = `The labels of the masks before could not be written: ${sentence(errorText(error))}`;
      if (this.#request.signal.aborted) {
        const done = `Stopped: the masks of ${counted(this.#counts.written, 'image')} were imported.`;
        throw new CancelledError(`${done} ${text}`, { cause: error });
      }
      const both = `${sentence(errorText(this.#ending(failure.error, 0)))} ${text}`;
      const options = { cause: failure.error };
      throw failure.error instanceof UserError && error instanceof UserError
        ? new UserError(both, options)
        : new Error(both, options);
    }
  }

  #ending(error: unknown, labelled: number): unknown {
    const { written } = this.#counts;
    if (this.#request.signal.aborted) {
      return new CancelledError(
        `Stopped: the masks of ${counted(written, 'image')} were imported, and ${labelled} of these labelled.`,
      );
    }
    if (!(error instanceof UserError)) return error;
    const before = `The masks of ${counted(written, 'image')} before were imported`;
    if (error instanceof DiskError) {
      const which = `that of ${this.#last} and all behind it were not`;
      return new DiskError(
        `${sentence(error.message)} ${before}, and ${labelled} of these labelled; ${which}: import again when it can be written.`,
        { cause: error },
      );
    }
    return written === 0 ? error : new UserError(`${error.message} ${before}.`, { cause: error });
  }

  async #entry(entry: SourceEntry, claims: Claims): Promise<void> {
    this.#counts.entries += 1;
    const match = this.#names.matchOf(entry);
    const image = 'image' in match ? match.image : null;
    if (entry.broken !== undefined) await this.#refuse(entry, image, entry.broken);
    else if ('image' in match) await this.#matched(entry, match, claims);
    else await this.#unmatched(entry, match.several);
  }

  async #matched(entry: SourceEntry, match: NamedImage, claims: Claims): Promise<void> {
    const { image } = match;
    this.#last = image;
    try {
      const refusal = match.isExact ? undefined : claims.refusal(entry, image);
      if (refusal !== undefined) throw new UserError(refusal);
      const inTurn: InTurn = this.#request.inTurn ?? ((work) => work());
      const { outcomes, told } = await inTurn(() => this.#takeLatest(entry, image));
      for (const outcome of ['written', 'kept'] as const) {
        if (outcomes.includes(outcome)) this.#counts[outcome] += 1;
      }
      const isAllLost = outcomes.length === 0 && told.count > 0;
      if (isAllLost) this.#counts.refused += 1;
      else if (outcomes.every((outcome) => outcome === 'unchanged')) this.#counts.unchanged += 1;
      told.tell(this.#teller((message) => this.#warn(entry, image, message)));
      if (match.by !== undefined && !isAllLost) this.#found.add(match.by, entry.place, image);
    } catch (error) {
      // The next one would meet the same disk.
      if (!(error instanceof UserError) || error instanceof DiskError) throw error;
      await this.#refuse(entry, image, error.message);
    }
  }

  #warn({ place }: SourceEntry, image: string, message: string): void {
    this.#findings.add('warning', image, sentence(`${place}: ${message}`));
  }

  async #refuse(entry: SourceEntry, image: string | null, reason: string): Promise<void> {
    this.#counts.refused += 1;
    this.#counts.lost += await entry.count();
    this.#findings.add('error', image, sentence(`${entry.place}: ${reason}`));
  }

  /** Counts what is lost, and has it and all else said. */
  #teller(say: (message: string) => void): Teller {
    return {
      lost: (count, message) => {
        this.#counts.lost += count;
        say(message);
      },
      note: say,
    };
  }

  /** How the source had to be read, said once. */
  #tellReading(): void {
    for (const message of [...this.#texts.encodings.sentences(), ...this.#found.sentences()]) {
      this.#findings.add('warning', null, message);
    }
  }

  async #unmatched(entry: SourceEntry, several: readonly string[]): Promise<void> {
    const { place } = entry;
    this.#counts.unmatched += 1;
    this.#counts.lost += await entry.count();
    const some = several.slice(0, 3).join(', ');
    const near = this.#names.near(entry.reference);
    const why =
      several.length === 0
        ? `no image of the dataset has its name${near === undefined ? '' : ` (${near} is nearly so)`}; give the entry the path of its image in the dataset`
        : `${counted(several.length, 'image')} fit its name (${some}${several.length > 3 ? ', …' : ''}); give its whole path in the dataset`;
    this.#findings.add('error', null, sentence(`${place}: ${why}`));
  }

  /** Again, when somebody else saved the mask meanwhile: the rule for existing ones is for what is there. */
  async #takeLatest(entry: SourceEntry, image: string): Promise<Taken> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#take(entry, image);
      } catch (error) {
        if (!(error instanceof MaskChanged) || tries === mostTries) throw error;
      }
    }
  }

  /** Both layers are ready before the first is written. */
  async #take(entry: SourceEntry, image: string): Promise<Taken> {
    const { reader } = this.#request;
    this.#assertNoImage(entry);
    const subject = this.#dataset.subject(image);
    const layers = await openMask(subject, reader);
    const { width, height } = layers;
    const assertSize = (what: string, size: { width: number; height: number }): void => {
      if (size.width === width && size.height === height) return;
      const sizes = `${what} has ${size.width}x${size.height} pixels and ${image} ${width}x${height}`;
      const isStored = fitsOnlyStored(size, layers.header);
      const advice = isStored ? `: ${storedAdvice(layers.header)}` : '; give both the same size';
      throw new UserError(`${sizes}${advice}`);
    };
    if (entry.size !== undefined) assertSize('its image', entry.size);
    if (layers.unread.length === layerNames.length) throw new UserError(layers.readOnly ?? '');
    // Said when the entry was taken: it may be drawn again, and what is refused is lost as a whole.
    const told = new Told();
    const drawn = await entry.draw({ width, height }, told);
    const assumed = assumedTurned(layers.header, 'what is imported');
    if (assumed !== undefined) told.note(`${image} ${assumed}`);
    const given = layerNames.filter((name) => drawn[name] !== undefined);
    for (const name of given) assertSize('it', drawn[name] ?? { width, height });
    this.#assertFirst(given, image, entry.place);
    const places = { defect: subject.place, ignore: ignorePlace(image) };
    for (const name of given) this.#assertOwn(places[name], image);
    const unread = drawn.defect === undefined ? undefined : unreadPlace(image, subject.place);
    if (unread !== undefined) throw new UserError(unread);
    const ready = given.map((name) => this.#ready(name, drawn, layers, places[name]));
    for (const [i, name] of given.entries()) {
      const bits = ready[i]?.bits;
      if (bits !== undefined && this.#request.dryRun !== true) {
        await writeMask({ ...subject, place: places[name], held: layers.held[name] }, bits);
      }
      this.#sources.set(`${name} ${image}`, entry.place);
      const place = places[name];
      if (place.kind === 'file') this.#places.set(place.path, image);
    }
    this.#noteLabel(image, subject.place, drawn, ready[given.indexOf('defect')]?.outcome);
    return { outcomes: ready.map(({ outcome }) => outcome), told };
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
      throw new UserError(
        `${image} was taken from ${before} already; leave ${place === before ? 'one of the two entries' : 'one of the two'} out`,
      );
    }
  }

  /** `a.png` and `a.jpg` of a folder have one place for their masks. */
  #assertOwn(place: MaskPlace, image: string): void {
    const other = place.kind === 'file' ? this.#places.get(place.path) : undefined;
    if (place.kind !== 'file' || other === undefined || other === image) return;
    throw new UserError(
      `${place.path} is the mask of ${other} as well, which was taken before; rename ${image} or give it a mask of its own in labels.csv`,
    );
  }

  /** Masks that are there from an import which broke off need their labels, too. */
  #noteLabel(
    image: string,
    place: MaskPlace,
    { defect }: DrawnLayers,
    outcome: Outcome | undefined,
  ): void {
    if (defect === undefined || outcome === undefined || outcome === 'kept') return;
    if (!defect.isEmpty) this.#defective.set(image, place);
    else if (outcome === 'written') this.#emptied.push(image);
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
    if (fault === undefined || ready.outcome !== 'written') return ready;
    const isEnd = layers.refused.includes(name) && this.#request.dryRun !== true;
    throw isEnd ? new DiskError(fault) : new UserError(fault);
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

  async #label(table: LabelsTable | undefined): Promise<number> {
    for (const image of emptiedRows(table, this.#emptied)) {
      const message = `The mask of ${image} has no pixels any more, and labels.csv says that it is defective with a mask; change its row if it is good.`;
      this.#findings.add('warning', image, message);
    }
    if (this.#defective.size === 0) return 0;
    const { reader, dryRun = false } = this.#request;
    const { labelled, unnameable, turned } = await labelDefective(this.#dataset, this.#defective, {
      reader,
      dryRun,
      table,
    });
    for (const image of unnameable) {
      const message = `labels.csv cannot name ${JSON.stringify(image)}, so that it got a mask and no label; rename it.`;
      this.#findings.add('warning', image, message);
    }
    for (const [image, words] of turned) {
      const message = `labels.csv said ${words} of ${image} and says defective, mask now, as it got a mask; change its row if that is wrong.`;
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

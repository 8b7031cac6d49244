/**
 * One labels.csv after another, edit by edit: reads what is there now, patches it, writes it whole. Edits are
 * in turn, so that none is lost; the table of the last file is kept as long as its bytes are the same.
 */
import { UserError } from '../../protocol/errors.ts';
import type { Cells, KnownLabels } from '../../protocol/labels/labelsEdit.ts';
import { imagesOfUnknownLabel, planEdit } from '../../protocol/labels/labelsEdit.ts';
import type { Content, Patch } from '../../protocol/labels/labelsPatch.ts';
import { ChangedSince, applyPatch, contentOf } from '../../protocol/labels/labelsPatch.ts';
import type { LabelsTable, TableFault } from '../../protocol/labels/labelsTable.ts';
import {
  LabelsFileError,
  advanced,
  bufferOf,
  parseLabels,
} from '../../protocol/labels/labelsTable.ts';
import type { Localise } from './localise.ts';
import type { LabelFiles } from './writeWhole.ts';
import { UnsureError, WrittenMeanwhile, diskError, readIfThere, writeWhole } from './writeWhole.ts';

export interface Edit {
  readonly images: readonly string[];
  readonly cells: Cells;
  /**
   * The labels, as label cells, that images have now. Throws when one of them is not known; `mayBeGone`: rows
   * that may be of images that are gone, which then have none.
   */
  readonly labelsOf: (images: readonly string[], mayBeGone: boolean) => Promise<KnownLabels>;
}

/** What an edit left behind. */
export interface Done {
  /** Takes it back. */
  readonly inverse: Patch;
  /** The disk could not promise to keep what is written. */
  readonly unsure?: UnsureError;
}

/** Tries before giving up on a file that others keep writing. */
const mostTries = 5;

interface Kept {
  readonly file: string;
  readonly content: Content;
  table: LabelsTable | undefined;
}

function faultText(fault: TableFault, l10n: Localise): string {
  switch (fault.kind) {
    case 'encoding':
      return l10n.t('it is UTF-16; save it as UTF-8');
    case 'quote-inside':
      return l10n.t('line {0}: a quote inside a cell that does not begin with one', fault.line);
    case 'after-quote':
      return l10n.t('line {0}: text behind a closing quote', fault.line);
    case 'quote-open':
      return l10n.t('line {0}: a quote that is never closed', fault.line);
    case 'no-image-column':
      return l10n.t('line {0}: the header has no column "image"', fault.line);
    case 'cells':
      return l10n.t(
        'line {0}: {1} cells, where the header has {2}',
        fault.line,
        fault.found,
        fault.expected,
      );
  }
}

export class LabelsFiles {
  readonly #files: LabelFiles;
  readonly #l10n: Localise;
  #kept: Kept | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(files: LabelFiles, l10n: Localise) {
    this.#files = files;
    this.#l10n = l10n;
  }

  /** The table as it is on disk; undefined without a file. Throws a UserError for one that cannot be read. */
  read(file: string): Promise<LabelsTable | undefined> {
    return this.#inTurn(async () => {
      const kept = await this.#current(file);
      return kept.content.bytes === undefined ? undefined : this.#tableOf(kept);
    });
  }

  /** Sets cells; undefined when all of them say so already. */
  edit(file: string, { images, cells, labelsOf }: Edit): Promise<Done | undefined> {
    return this.#inTurn(() =>
      this.#write(file, async (kept) => {
        const table = this.#tableOf(kept);
        const unknown = imagesOfUnknownLabel(table, images, cells);
        const mayBeGone = unknown.some((image) => table.rowOf.has(image));
        const known =
          unknown.length === 0 ? new Map<string, string>() : await labelsOf(unknown, mayBeGone);
        return planEdit(kept.content, table, images, cells, known);
      }),
    );
  }

  /** Takes a step back or does it again. Throws ChangedSince when others changed its rows. */
  async apply(file: string, patch: Patch): Promise<Done> {
    const done = await this.#inTurn(() => this.#write(file, () => Promise.resolve(patch)));
    if (done === undefined) throw new ChangedSince();
    return done;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    // Whoever asked hears of a failure; the next in turn goes on all the same.
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #write(
    file: string,
    plan: (kept: Kept) => Promise<Patch | undefined>,
  ): Promise<Done | undefined> {
    for (let tries = 1; ; tries += 1) {
      const kept = await this.#current(file);
      const patch = await plan(kept);
      if (patch === undefined) return undefined;
      const { content, splices, inverse } = applyPatch(
        kept.content,
        () => this.#tableOf(kept),
        patch,
      );
      const unsure = await this.#replace(file, kept.content, content, tries);
      if (unsure === 'again') continue;
      const { table } = kept;
      const carried =
        table === undefined || splices === undefined || content.bytes === undefined
          ? undefined
          : advanced(table, splices, content.bytes);
      this.#kept = { file, content, table: carried };
      return { inverse, ...(unsure === undefined ? {} : { unsure }) };
    }
  }

  async #replace(
    file: string,
    before: Content,
    after: Content,
    tries: number,
  ): Promise<UnsureError | 'again' | undefined> {
    try {
      await writeWhole(file, after.bytes, before.bytes, this.#files, this.#l10n);
      return undefined;
    } catch (error) {
      if (error instanceof UnsureError) return error;
      if (!(error instanceof WrittenMeanwhile)) throw error;
      if (tries < mostTries) return 'again';
      throw new UserError(
        this.#l10n.t('Another program keeps writing {0}; stop it and label again.', file),
        { cause: error },
      );
    }
  }

  async #current(file: string): Promise<Kept> {
    let bytes: Uint8Array | undefined;
    try {
      bytes = await readIfThere(file, this.#files);
    } catch (error) {
      throw this.#cannotRead(error, file);
    }
    const kept = this.#kept;
    if (kept?.file === file && kept.content.bytes !== undefined && bytes !== undefined) {
      if (bufferOf(bytes).equals(kept.content.bytes)) return kept;
    }
    this.#kept = { file, content: contentOf(bytes), table: undefined };
    return this.#kept;
  }

  #cannotRead(error: unknown, file: string): unknown {
    const told = diskError(error, file, this.#l10n);
    if (!(told instanceof UserError)) return error;
    return new UserError(this.#l10n.t('{0} cannot be read, so that nothing was written.', file), {
      cause: error,
    });
  }

  #tableOf(kept: Kept): LabelsTable {
    try {
      kept.table ??= parseLabels(kept.content.bytes ?? new Uint8Array());
      return kept.table;
    } catch (error) {
      if (!(error instanceof LabelsFileError)) throw error;
      const why = faultText(error.fault, this.#l10n);
      throw new UserError(this.#l10n.t('{0} cannot be changed: {1}.', kept.file, why), {
        cause: error,
      });
    }
  }
}

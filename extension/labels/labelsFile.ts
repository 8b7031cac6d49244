/**
 * One labels.csv after another, edit by edit: reads what is there now, patches it, writes it whole. Edits are
 * in turn, so that none is lost; the table of the last file is kept as long as its bytes are the same.
 */
import { byCount } from '../../protocol/counted.ts';
import { changeFile } from '../../common/node/changeFile.ts';
import type { Access } from '../../common/node/changeFile.ts';
import { UserError } from '../../protocol/errors.ts';
import { nameKey } from '../../protocol/names.ts';
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
import { lockError, realFile } from './shared.ts';
import { UnsureError, diskError, readIfThere, writeWhole } from './writeWhole.ts';

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

interface Kept {
  readonly file: string;
  readonly content: Content;
  table: LabelsTable | undefined;
}

function faultText(fault: TableFault, l10n: Localise): string {
  switch (fault.kind) {
    case 'encoding':
      return l10n.t('it is UTF-16; save it as UTF-8');
    case 'bytes':
      return l10n.t('line {0} is not UTF-8; save it as "CSV UTF-8"', fault.line);
    case 'quote-inside':
      return l10n.t('line {0}: a quote inside a cell that does not begin with one', fault.line);
    case 'after-quote':
      return l10n.t('line {0}: text behind a closing quote', fault.line);
    case 'quote-open':
      return l10n.t('line {0}: a quote that is never closed', fault.line);
    case 'no-image-column':
      return l10n.t('line {0}: the header has no column "image"', fault.line);
    case 'cells':
      return byCount(
        fault.found,
        l10n.t('line {0}: 1 cell, where the header has {1}', fault.line, fault.expected),
        l10n.t(
          'line {0}: {1} cells, where the header has {2}',
          ...[fault.line, fault.found, fault.expected],
        ),
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
      const kept = this.#keptOf(file, await this.#bytesOf(file));
      return kept.content.bytes === undefined ? undefined : this.#tableOf(kept);
    });
  }

  /** Sets cells; undefined when all of them say so already. */
  edit(file: string, { images, cells, labelsOf }: Edit): Promise<Done | undefined> {
    return this.#inTurn(async () => {
      const known = new Map<string, string>();
      for (;;) {
        let wanted: readonly string[] = [];
        let mayBeGone = false;
        const done = await this.#write(file, (kept) => {
          const table = this.#tableOf(kept);
          wanted = imagesOfUnknownLabel(table, images, cells).filter((image) => !known.has(image));
          mayBeGone = wanted.some((image) => table.rowOf.has(nameKey(image)));
          return wanted.length > 0
            ? undefined
            : planEdit(kept.content, table, images, cells, known);
        });
        if (wanted.length === 0) return done;
        // Asked while nobody waits for the file.
        const labels = await labelsOf(wanted, mayBeGone);
        for (const image of wanted) known.set(image, labels.get(image) ?? '');
      }
    });
  }

  /** Takes a step back or does it again. Throws ChangedSince when others changed its rows. */
  async apply(file: string, patch: Patch): Promise<Done> {
    const done = await this.#inTurn(() => this.#write(file, () => patch));
    if (done === undefined) throw new ChangedSince();
    return done;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    // Whoever asked hears of a failure; the next in turn goes on all the same.
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Changes the file on top of what it holds now; `plan` gives undefined when there is nothing to do. */
  async #write(named: string, plan: (kept: Kept) => Patch | undefined): Promise<Done | undefined> {
    const file = await realFile(named, this.#l10n);
    let planned: { readonly after: Kept; readonly inverse: Patch } | undefined;
    let unsure: UnsureError | undefined;
    const access: Access = {
      create: (path) => this.#files.create(path),
      remove: (path) => this.#files.remove(path),
      read: () => this.#bytesOf(file),
      replace: async (bytes, look) => {
        try {
          await writeWhole(file, bytes, look, this.#files, this.#l10n);
        } catch (error) {
          if (!(error instanceof UnsureError)) throw error;
          unsure = error;
        }
      },
    };
    try {
      await changeFile(file, access, (before) => {
        planned = undefined;
        const kept = this.#keptOf(file, before);
        const patch = plan(kept);
        if (patch === undefined) return undefined;
        const { content, splices, inverse } = applyPatch(
          kept.content,
          () => this.#tableOf(kept),
          patch,
        );
        const { table } = kept;
        const carried =
          table === undefined || splices === undefined || content.bytes === undefined
            ? undefined
            : advanced(table, splices, content.bytes);
        planned = { after: { file, content, table: carried }, inverse };
        return { bytes: content.bytes, result: undefined };
      });
    } catch (error) {
      const told = lockError(error, file, this.#l10n);
      // It is written all the same.
      if (!(told instanceof UnsureError)) throw told;
      unsure ??= told;
    }
    if (planned === undefined) return undefined;
    this.#kept = planned.after;
    return { inverse: planned.inverse, ...(unsure === undefined ? {} : { unsure }) };
  }

  async #bytesOf(file: string): Promise<Uint8Array | undefined> {
    try {
      return await readIfThere(file, this.#files);
    } catch (error) {
      throw this.#cannotRead(error, file);
    }
  }

  /** What is known of a file with these bytes. */
  #keptOf(file: string, bytes: Uint8Array | undefined): Kept {
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

/** Severstal's table: ImageId, ClassId, EncodedPixels (or the older ImageId_ClassId), of images of any size. */
import { UserError, errorText } from '../../../../protocol/errors.ts';
import { MaskBits } from '../../../../protocol/mask/bits.ts';
import { csvRecords } from '../../../files/csvStream.ts';
import { byName } from '../../fileTree.ts';
import { headerFault, onlyBadRows, runsIn, severstalKey } from '../../layouts/severstalTable.ts';
import { readColumnRuns } from '../columnRuns.ts';
import type { MaskSource, SourceEntry } from './contract.ts';
import { LeftOut } from './leftOut.ts';
import { readError } from '../../../files/readWhole.ts';

type Cells = Readonly<Record<string, string | undefined>>;

/** Run lengths of each image by class; images of other classes alone have none. */
interface Table {
  readonly rows: Map<string, string[]>;
  readonly otherClasses: Set<string>;
  /** Rows that are left out. */
  readonly left: LeftOut;
}

async function readTable(
  file: string,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<Table> {
  const left = new LeftOut('row');
  const table: Table = { rows: new Map(), otherClasses: new Set(), left };
  const options = {
    ...{ columns: true, bom: true, info: true, skip_empty_lines: true, trim: true },
    ...onlyBadRows((line, what) => left.add(`in line ${line}`, what)),
  };
  try {
    for await (const item of csvRecords(file, options) as AsyncIterable<{
      record: Cells;
      info: { lines: number };
    }>) {
      signal.throwIfAborted();
      const { record: cells, info } = item;
      if (headerFault(Object.keys(cells)) !== undefined) {
        throw new UserError(
          `${file} has no columns ImageId, ClassId and EncodedPixels; name a table in Severstal's form.`,
        );
      }
      const key = severstalKey(cells);
      if (key === undefined) {
        left.add(`in line ${info.lines}`, 'it names no image and class');
        continue;
      }
      const runs = table.rows.get(key.image) ?? [];
      table.rows.set(key.image, runs);
      const encoded = runsIn(cells['EncodedPixels']);
      if (encoded === '') continue;
      if (wanted === undefined || key.class === wanted) runs.push(encoded);
      else table.otherClasses.add(key.class);
    }
  } catch (error) {
    if (!(error instanceof Error) || !('lines' in error)) throw readError(error, file);
    throw new UserError(`${file}, line ${Number(error.lines)}: ${errorText(error)}`, {
      cause: error,
    });
  }
  return table;
}

const entryOf = (image: string, rows: readonly string[]): SourceEntry => ({
  reference: image,
  kind: 'image',
  place: image,
  count: () => rows.length,
  draw: async ({ width, height }) => {
    if (rows.length === 0) return {};
    const defect = new MaskBits(width, height);
    for (const row of rows) {
      try {
        defect.unite(readColumnRuns(row, width, height));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        throw new UserError(`the run lengths ${error.message}`, { cause: error });
      }
    }
    return { defect };
  },
});

/** Classes that a sentence names. */
const mostClasses = 8;

/** The source of a table; `wanted` is the one class that is taken, all of them without. */
export function severstalSource(file: string, wanted: string | undefined): MaskSource {
  let read: Promise<Table> | undefined;
  return {
    format: 'severstal',
    total: 0,
    ...(wanted === undefined ? { note: 'Rows of all classes are taken.' } : {}),
    async *entries(signal, tell) {
      // The table is in memory as it is: it is kept for the second time.
      read ??= readTable(file, wanted, signal);
      const { rows, otherClasses, left } = await read;
      if (tell !== undefined) left.tell(tell);
      if (wanted !== undefined && otherClasses.size > 0) {
        const names = [...otherClasses].sort(byName).slice(0, mostClasses).join(', ');
        const more = otherClasses.size > mostClasses ? ', …' : '';
        tell?.note(
          `Rows of class ${wanted} are taken, those of ${names}${more} are left out; the option --class names the class to take.`,
        );
      }
      for (const [image, runs] of rows) yield entryOf(image, runs);
    },
  };
}

/** Severstal's table of run lengths as every reader of it takes a row: both its published forms, and what spreadsheets and pandas make of them. */

import type { Options } from 'csv-parse';

type Cells = Readonly<Record<string, string | undefined>>;

/** `3.0` is what pandas writes for a 3 in a column with gaps. */
export const className = (text: string): string => text.trim().replace(/^(\d+)\.0+$/, '$1');

/** Kaggle's tables say "no defect" by -1 as well as by nothing. */
export function runsIn(text: string | undefined): string {
  const runs = (text ?? '').trim();
  return /^-1(\.0+)?$/.test(runs) || runs.toLowerCase() === 'nan' ? '' : runs.replace(/\s+/g, ' ');
}

/** Image and class of a row in either form: `ImageId,ClassId` or the older `ImageId_ClassId`. */
export function severstalKey(
  cells: Cells,
): { readonly image: string; readonly class: string } | undefined {
  const joint = cells['ImageId_ClassId'];
  const cut = Math.max(0, joint?.lastIndexOf('_') ?? 0);
  const [image, name] =
    joint === undefined
      ? [cells['ImageId'], cells['ClassId']]
      : [joint.slice(0, cut), joint.slice(cut + 1)];
  return image === undefined || image === '' || name === undefined
    ? undefined
    : { image, class: className(name) };
}

/** Why a first row is none of the table's, and what to do; undefined for one that is. */
export function headerFault(names: readonly string[]): string | undefined {
  const has = (name: string): boolean => names.includes(name);
  if (has('EncodedPixels') && (has('ImageId_ClassId') || (has('ImageId') && has('ClassId')))) {
    return undefined;
  }
  const [first = ''] = names;
  const other = ([';', '\t', '|'] as const).find(
    (sign) => names.length === 1 && first.split(sign).length > 1,
  );
  if (other === undefined) {
    return 'the first row does not name the columns ImageId, ClassId and EncodedPixels; mend it';
  }
  const sign = { ';': 'semicolons', '\t': 'tabs', '|': 'bars' }[other];
  return `its columns are separated by ${sign}, as a spreadsheet may save them; save it with commas`;
}

/**
 * Has a row that is no CSV cost itself alone, and be told of. Quotes are taken off as a last thing: no cell of the
 * table needs them, and one that is not closed would swallow the rows behind it.
 */
export const onlyBadRows = (tell: (line: number, what: string) => void): Options => ({
  quote: false,
  cast: (text: string) => text.replace(/^"(.*)"$/, '$1').trim(),
  skip_records_with_error: true,
  on_skip: (error) => {
    if (error !== undefined) tell(Number(error['lines']), error.message.replace(/\.$/, ''));
  },
});

/** Image and mask cells as links to their files. */
import { join } from 'node:path';
import type { DocumentLink } from 'vscode-languageserver';
import { rangeOf, uriOf } from '../places.ts';
import type { Cell, CsvRecord } from './csvTable.ts';
import type { OpenTable } from './tables.ts';

/** Links are asked for the whole file at once; further down, the hover of a row has one. */
const mostRows = 2000;

/** The links of the first rows. */
export function rowLinks({ document, table, project }: OpenTable): DocumentLink[] {
  const links: DocumentLink[] = [];
  const add = (cell: Cell, file: string, tooltip: string): void => {
    const range = rangeOf(document, cell.start, cell.end);
    links.push({ range, target: uriOf(join(project.folder, file)), tooltip });
  };
  const addRow = (record: CsvRecord): void => {
    const image = table.cell(record, 'image');
    if (image !== undefined && project.item(image.value) !== undefined) {
      add(image, image.value, 'Open the image');
    }
    const mask = table.cell(record, 'mask');
    if (mask !== undefined && project.tree?.has(mask.value) === true) {
      add(mask, mask.value, 'Open the mask');
    }
  };
  for (let row = 1; row < table.size && row <= mostRows; row += 1) {
    const record = table.record(row);
    if (record !== undefined) addRow(record);
  }
  return links;
}

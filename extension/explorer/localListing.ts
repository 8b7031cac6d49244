/**
 * A listing made without a server, of the names of files and what labels.csv says of them: for labelling when
 * the server never came. Labels that only the layout or a mask tells stay unknown.
 */
import type {
  GroupsResult,
  ImageGroup,
  ImageItem,
  LocateResult,
  PageResult,
} from '../../protocol/explorer.ts';
import type { LabelsTable } from '../../protocol/labels/labelsTable.ts';
import { cellSpans, cellText, rowSpan } from '../../protocol/labels/labelsTable.ts';
import type { ListingSource } from './imageTree.ts';

/** What labels.csv says of an image. */
export function itemFromTable(image: string, table: LabelsTable | undefined): ImageItem {
  const row = table && rowSpan(table, image);
  const spans = table === undefined || row === undefined ? [] : cellSpans(table, row);
  const cell = (column: string): string | undefined => {
    const span = spans[table?.columns.lastIndexOf(column) ?? -1];
    return table === undefined || span === undefined ? undefined : cellText(table, span);
  };
  const label = cell('label');
  const split = cell('split');
  return {
    image,
    ...labelOf(label, cell('supervision')),
    split: split === 'val' || split === 'test' ? split : 'train',
    kind: cell('kind') ?? '',
    reviewed: cell('reviewed') ?? '',
    mask: (cell('mask') ?? '') !== '',
    score: null,
    outcome: '',
  };
}

function labelOf(
  label: string | undefined,
  supervision: string | undefined,
): Pick<ImageItem, 'label' | 'state'> {
  if (label === 'ok') return { label, state: 'ok' };
  if (label === 'defective') return { label, state: supervision === 'mask' ? 'mask' : 'weak' };
  if (label === '') return { label: 'unlabelled', state: 'unlabelled' };
  return { label: 'unknown', state: 'unknown' };
}

const folderOf = (image: string): string => image.slice(0, Math.max(0, image.lastIndexOf('/')));
const byName = new Intl.Collator(undefined, { numeric: true });

/** Images by folder, by name: the one view there is without a server. */
export class LocalListing implements ListingSource {
  readonly #folders = new Map<string, ImageItem[]>();

  constructor(items: readonly ImageItem[]) {
    const sorted = [...items].sort((a, b) => byName.compare(a.image, b.image));
    for (const item of sorted) {
      const folder = folderOf(item.image);
      const known = this.#folders.get(folder);
      if (known === undefined) this.#folders.set(folder, [item]);
      else known.push(item);
    }
  }

  groups(_project: string, _query: unknown, parent: string | null): Promise<GroupsResult> {
    if (parent !== null) {
      const images = this.#inGroup(parent).length;
      return Promise.resolve({ version: 0, groups: [], images });
    }
    const groups = [...this.#folders]
      .filter(([folder]) => folder !== '')
      .map(([folder, items]): ImageGroup => ({
        ...{ id: `folder/${folder}`, kind: 'folder', name: folder },
        ...{ images: items.length, mistakes: 0 },
      }))
      .sort((a, b) => byName.compare(a.name, b.name));
    return Promise.resolve({ version: 0, groups, images: this.#inGroup('').length });
  }

  page(
    _project: string,
    _query: unknown,
    { group, offset, limit }: { group: string; offset: number; limit: number },
  ): Promise<PageResult> {
    const items = this.#inGroup(group);
    const page = items.slice(offset, offset + limit);
    return Promise.resolve({ version: 0, items: page, total: items.length });
  }

  locate(_project: string, _query: unknown, image: string): Promise<LocateResult | null> {
    const folder = folderOf(image);
    const index = this.#folders.get(folder)?.findIndex((item) => item.image === image) ?? -1;
    if (index < 0) return Promise.resolve(null);
    return Promise.resolve({ groups: folder === '' ? [] : [`folder/${folder}`], index });
  }

  #inGroup(group: string): readonly ImageItem[] {
    return this.#folders.get(group.replace(/^folder\//, '')) ?? [];
  }
}

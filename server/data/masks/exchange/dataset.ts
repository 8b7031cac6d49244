/** A dataset as masks are brought in and out: its images, and where the mask of each one is or would be. */
import type { Sample } from '../../../../protocol/dataset.ts';
import { UserError } from '../../../../protocol/errors.ts';
import { nameKey } from '../../../../protocol/names.ts';
import { labelListing, listFolder } from '../../dataset.ts';
import type { FolderListing, OpenOptions } from '../../dataset.ts';
import { labelsFile, maskColumns } from '../../labelsCsv.ts';
import { severstalClass } from '../../layouts/severstal.ts';
import type { MaskSubject } from '../openMask.ts';
import { maskPlace } from '../place.ts';

export interface ExchangeDataset {
  /** Absolute. */
  readonly root: string;
  readonly listing: FolderListing;
  readonly options: OpenOptions;
  readonly samples: readonly Sample[];
  /** The class that masks are of, in layouts whose masks have classes. */
  readonly class: string | undefined;
  has(image: string): boolean;
  subject(image: string): MaskSubject;
}

/** Reads a dataset folder. Throws as listFolder does. */
export async function openExchangeDataset(
  folder: string,
  options: OpenOptions = {},
): Promise<ExchangeDataset> {
  const listing = await listFolder(folder, options);
  const { root, tree, layout } = listing;
  const { samples } = await labelListing(listing);
  const columns = tree.has(labelsFile) ? await maskColumns(root) : new Map<string, string>();
  // What was written before somebody stopped is labelled after it: a later reading knows no stop.
  const { signal: _, ...later } = options;
  const wanted = options.class ?? options.preferredClass;
  const known = new Set(samples.map(({ image }) => image));
  const images = { tree, has: (path: string) => known.has(path) };
  return {
    root,
    listing,
    options: later,
    samples,
    class: layout.name === 'severstal' ? (wanted ?? severstalClass) : undefined,
    has: (image) => known.has(image),
    subject: (image) => {
      // Names from outside are only ever compared with the dataset's own.
      if (!known.has(image)) throw new UserError(`${image} is no image of ${root}.`);
      const column = columns.get(nameKey(image));
      const place = maskPlace({
        ...{ layout: layout.name, tree, image },
        ...(wanted === undefined ? {} : { class: wanted }),
        ...(column === undefined ? {} : { column }),
      });
      return { root, image, place, images };
    },
  };
}

/** From an image to the next one: in the order and filter of the images view, as a flat list. */
import type { ImageItem, ImageQuery } from '../../protocol/explorer.ts';
import type { MaskStep } from '../../protocol/maskEditor.ts';
import { mostOfPage, requests } from '../../protocol/messages.ts';
import type { ServerHandle } from '../server/serverHandle.ts';

export interface StepSource {
  readonly server: Pick<ServerHandle, 'request'>;
  readonly project: string;
  readonly query: ImageQuery;
  /** With the labels written since it was listed. */
  readonly shown: (item: ImageItem) => ImageItem;
}

type Page = (offset: number, limit: number) => Promise<readonly ImageItem[]>;

function pagesOf({ server, project }: StepSource, query: ImageQuery): Page {
  return async (offset, limit) => {
    const at = { group: null, offset, limit, version: null };
    return (await server.request(requests.datasetPage, { project, query, ...at })).items;
  };
}

/** Where an image is in the list; undefined where the filter leaves it out. */
export async function indexOf(source: StepSource, image: string): Promise<number | undefined> {
  const { server, project, query } = source;
  const found = await server.request(requests.datasetLocate, { project, query, image, flat: true });
  return found?.index;
}

/** The first image from an offset on that is wanted, around the end; not the image itself. */
async function firstFrom(
  page: Page,
  start: number,
  image: string,
  isWanted: (item: ImageItem) => boolean,
): Promise<string | undefined> {
  const isIt = (item: ImageItem): boolean => item.image !== image && isWanted(item);
  for (let offset = start; ; offset += mostOfPage) {
    const items = await page(offset, mostOfPage);
    const found = items.find(isIt);
    if (found !== undefined) return found.image;
    if (items.length < mostOfPage) break;
  }
  for (let offset = 0; offset < start; offset += mostOfPage) {
    const found = (await page(offset, Math.min(mostOfPage, start - offset))).find(isIt);
    if (found !== undefined) return found.image;
  }
  return undefined;
}

async function nextUnlabelled(source: StepSource, image: string): Promise<string | undefined> {
  const filter: ImageQuery['filter'] = { ...source.query.filter, states: ['unlabelled'] };
  const any = await pagesOf(source, { ...source.query, filter })(0, 1);
  if (any.length === 0) return undefined;
  // Others than unlabelled ones are kept in the list, so that the image has its place in it.
  const { states: _, ...others } = source.query.filter;
  const query = { ...source.query, filter: others };
  const index = (await indexOf({ ...source, query }, image)) ?? -1;
  const isUnlabelled = (item: ImageItem): boolean => source.shown(item).state === 'unlabelled';
  return await firstFrom(pagesOf(source, query), index + 1, image, isUnlabelled);
}

/** The most uncertain image that was not looked at yet. */
async function nextUncertain(
  source: StepSource,
  image: string,
  seen: ReadonlySet<string>,
): Promise<string | undefined> {
  const query: ImageQuery = { ...source.query, sortBy: 'uncertainty' };
  const isWanted = (item: ImageItem): boolean => item.score !== null && !seen.has(item.image);
  return await firstFrom(pagesOf(source, query), 0, image, isWanted);
}

/**
 * The image that a step leads to; undefined at the end. `lastIndex` is where the image was when it was
 * opened: a label given since may have taken it out of the filter.
 */
export async function imageAfter(
  step: MaskStep,
  source: StepSource,
  from: { readonly image: string; readonly lastIndex: number | undefined },
  seen: ReadonlySet<string>,
): Promise<string | undefined> {
  const { image, lastIndex } = from;
  if (step === 'nextUnlabelled') return await nextUnlabelled(source, image);
  if (step === 'nextUncertain') return await nextUncertain(source, image, seen);
  const index = await indexOf(source, image);
  // The one after an image that is not in the list any more has its place.
  const following = index === undefined ? (lastIndex ?? 0) : index + 1;
  const wanted = step === 'next' ? following : (index ?? lastIndex ?? 0) - 1;
  if (wanted < 0) return undefined;
  const [item] = await pagesOf(source, source.query)(wanted, 1);
  return item?.image;
}

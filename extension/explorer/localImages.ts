/** The images of the first open folder that has some, found without a server. */
import * as vscode from 'vscode';
import type { ImageItem } from '../../protocol/explorer.ts';
import type { LabelPlace } from '../labels/labelStore.ts';
import { LabelsFiles } from '../labels/labelsFile.ts';
import { pathBelow } from '../labels/pathBelow.ts';
import { placeOf } from '../labels/placeOf.ts';
import { ownFiles } from '../labels/writeWhole.ts';
import { imagePattern, setAsidePattern } from './imageNames.ts';
import { LocalListing, itemFromTable } from './localListing.ts';

/** More than a person labels before the server is back. */
const mostImages = 2000;

export interface LocalImages {
  readonly place: LabelPlace;
  readonly listing: LocalListing;
  readonly images: number;
  /** There are more than were listed. */
  readonly more: boolean;
}

async function itemsOf(place: LabelPlace, files: readonly vscode.Uri[]): Promise<ImageItem[]> {
  const table = await new LabelsFiles(ownFiles, vscode.l10n).read(place.labelsFile);
  return files.flatMap(({ fsPath }) => {
    const image = pathBelow(place.dataset, fsPath);
    return image === undefined ? [] : [itemFromTable(image, table)];
  });
}

/** Undefined where no open folder has images. */
export async function findLocalImages(
  token: vscode.CancellationToken,
): Promise<LocalImages | undefined> {
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    const pattern = new vscode.RelativePattern(folder, imagePattern);
    const most = mostImages + 1;
    const found = await vscode.workspace.findFiles(pattern, setAsidePattern, most, token);
    const [first] = found;
    const place = first && (await placeOf(first.fsPath, []));
    if (place === undefined) continue;
    const items = await itemsOf(place, found.slice(0, mostImages));
    const more = found.length > mostImages;
    return { place, listing: new LocalListing(items), images: items.length, more };
  }
  return undefined;
}

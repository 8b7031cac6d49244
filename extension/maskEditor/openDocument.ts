/** How an image's mask becomes a document: from its file, with edits that were kept of an earlier time. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors.ts';
import type { Layers } from '../../protocol/mask/edits.ts';
import type { Services } from '../context.ts';
import { errorText } from '../../protocol/errors.ts';
import { fileName } from '../explorer/texts.ts';
import { pathBelow } from '../labels/pathBelow.ts';
import { placeOf } from '../labels/placeOf.ts';
import { ServerAway } from '../server/serverHandle.ts';
import { packBackup, unpackBackup } from './backup.ts';
import { Journal, readJournal } from './journal.ts';
import { MaskDocument } from './maskDocument.ts';
import type { DocumentStart } from './documentParts.ts';
import type { FileMask, MaskPlace } from './maskFiles.ts';
import { readMask } from './maskFiles.ts';
import { MaskModel, areEqual, togglesBetween } from './maskModel.ts';
import { wantsKept } from './questions.ts';

/** Edits that were kept, as the bits that they led to. */
interface Kept {
  readonly layers: Layers;
  /** Of the file that they began with. */
  readonly stamp: string;
}

/** The dataset that an image belongs to. */
export async function maskPlaceOf(uri: vscode.Uri, { projects }: Services): Promise<MaskPlace> {
  const place = uri.scheme === 'file' ? await placeOf(uri.fsPath, projects.all) : undefined;
  const image = place && pathBelow(place.dataset, uri.fsPath);
  if (place === undefined || image === undefined) {
    throw new UserError(
      vscode.l10n.t('{0} lies in no open folder: open the folder of its dataset.', uri.fsPath),
    );
  }
  return { place, image };
}

function journalFile({ extension }: Services, { place, image }: MaskPlace): string {
  const name = createHash('sha256').update(`${place.project}\0${image}`).digest('hex').slice(0, 32);
  const folder = extension.storageUri ?? extension.globalStorageUri;
  return vscode.Uri.joinPath(folder, 'masks', `${name}.journal`).fsPath;
}

/** What VS Code's backup or the journal kept, whichever has more. */
async function keptEdits(
  services: Services,
  file: string,
  image: string,
  backupId: string | undefined,
): Promise<Kept | undefined> {
  const { log } = services;
  const unreadable = (what: string) => (error: unknown) => {
    log.warn(`${what}: ${errorText(error)}`);
    return undefined;
  };
  const read = await readJournal(file).catch(unreadable(file));
  const journal = read?.header.image === image ? read : undefined;
  const ofJournal = journal && { layers: journal.layers, stamp: journal.header.stamp };
  if (backupId === undefined) return ofJournal;
  const backup = await Promise.resolve(vscode.workspace.fs.readFile(vscode.Uri.parse(backupId)))
    .then(unpackBackup)
    .catch(unreadable(backupId));
  if (backup === undefined) return ofJournal;
  const { header, layers } = backup;
  const goesOn =
    journal !== undefined &&
    (journal.header.id === header.journal?.id
      ? journal.edits >= header.journal.edits
      : journal.header.begun >= header.made);
  return goesOn ? ofJournal : { layers, stamp: header.stamp };
}

// The model has the layers from now on: kept with the file, they would be taken for what it holds later.
const startOf = ({ layers, ...file }: FileMask): DocumentStart => ({
  ...{ model: new MaskModel(layers), file },
  ...{ isFileKnown: true, restored: undefined, isCleanAfterAll: false },
});

/** Without a server: what was kept, for a file that is not known yet. */
function startWithoutFile(
  { layers, stamp }: Kept,
  target: string,
  hasBackup: boolean,
): DocumentStart {
  const { width, height } = layers.defect;
  const file = { width, height, stamp, target, maskCell: undefined, readOnly: '' };
  const restored = hasBackup ? undefined : [];
  return {
    model: new MaskModel(layers),
    file,
    isFileKnown: false,
    restored,
    isCleanAfterAll: false,
  };
}

function startWithKept(file: FileMask, { layers }: Kept, hasBackup: boolean): DocumentStart {
  const toggles = togglesBetween(file.layers, layers);
  return {
    ...startOf(file),
    model: new MaskModel(layers, file.layers),
    restored: hasBackup ? undefined : toggles,
  };
}

const sizeText = ({ width, height }: { readonly width: number; readonly height: number }): string =>
  `${width}x${height}`;

/** Edits that fit the image no more are not thrown away: they stay as a file, and the person is told. */
async function keepAside(
  { log }: Services,
  file: FileMask,
  name: string,
  journal: string,
  { layers, stamp }: Kept,
): Promise<void> {
  const aside = `${journal}.${Date.now()}.kept`;
  const { width, height } = layers.defect;
  const header = { image: name, width, height, stamp, made: Date.now(), journal: null };
  await mkdir(dirname(aside), { recursive: true });
  await writeFile(aside, await packBackup({ header, layers }));
  const message = vscode.l10n.t(
    '{0} has {1} pixels now; edits of its mask that were not saved were painted for {2}, do not fit it, and are kept in {3}.',
    ...[name, sizeText(file), sizeText(layers.defect), aside],
  );
  log.warn(message);
  void vscode.window.showWarningMessage(message);
}

/** Opens the mask of an image; `backupId` as VS Code gave it. */
export async function openDocument(
  services: Services,
  uri: vscode.Uri,
  backupId: string | undefined,
  saved: (document: MaskDocument) => Promise<void>,
): Promise<MaskDocument> {
  const place = await maskPlaceOf(uri, services);
  const name = fileName(place.image);
  const journal = new Journal(journalFile(services, place), (error) => {
    services.log.error(`The journal of ${place.image} could not be written: ${errorText(error)}`);
  });
  const found = await keptEdits(services, journalFile(services, place), place.image, backupId);
  const file = await readMask(services, place, 'wait').catch((error: unknown) => {
    if (found === undefined || !(error instanceof ServerAway)) throw error;
    return undefined;
  });
  const hasBackup = backupId !== undefined;
  const open = (start: DocumentStart): MaskDocument =>
    new MaskDocument(services, { uri, place, journal }, start, saved);
  if (file === undefined) {
    if (found === undefined) throw new Error('a mask has neither a file nor edits');
    return open(startWithoutFile(found, uri.fsPath, hasBackup));
  }
  const fits =
    found?.layers.defect.width === file.layers.defect.width &&
    found.layers.defect.height === file.layers.defect.height;
  if (found !== undefined && !fits)
    await keepAside(services, file, name, journalFile(services, place), found);
  const kept = fits && !areEqual(found.layers, file.layers) ? found : undefined;
  if (kept === undefined || (kept.stamp !== file.stamp && !(await wantsKept(name)))) {
    await journal.remove();
    return open({ ...startOf(file), isCleanAfterAll: hasBackup });
  }
  if (!hasBackup) {
    const message = vscode.l10n.t('Edits of the mask of {0} that were not saved are back.', name);
    void vscode.window.showInformationMessage(message);
  }
  return open(startWithKept(file, kept, hasBackup));
}

/** Labels of the image whose mask is edited: by key, with a cleared mask, and after a save. */
import * as vscode from 'vscode';
import type { ImageItem } from '../../protocol/explorer.ts';
import { requests } from '../../protocol/messages.ts';
import type { Services } from '../context.ts';
import { showError } from '../errors.ts';
import { fileName } from '../explorer/texts.ts';
import { markTitle } from '../grid/words.ts';
import { ServerAway } from '../server/serverHandle.ts';
import type { MaskDocument } from './maskDocument.ts';

/** Milliseconds that the status bar says what was done. */
const saidFor = 4000;

/** As the label commands of the images view write them. */
const changes = {
  ok: { label: 'ok', supervision: '' },
  defective: { label: 'defective' },
} as const;

export async function markImage(
  { labels }: Services,
  { place: { place, image } }: MaskDocument,
  mark: keyof typeof changes,
): Promise<void> {
  const title = markTitle(mark, [image]);
  await labels.set(place, [image], changes[mark], title);
  vscode.window.setStatusBarMessage(title, saidFor);
}

/** The image as lists show it; undefined where nobody can tell. */
async function itemOf(services: Services, document: MaskDocument): Promise<ImageItem | undefined> {
  try {
    const files = [document.uri.fsPath];
    const [found] = await services.server.request(requests.datasetLookup, { files });
    return found ? services.labels.applied(found.project, found.item) : undefined;
  } catch (error) {
    if (!(error instanceof ServerAway)) throw error;
    return undefined;
  }
}

/** A saved mask with pixels says that the image is defective. The save is good even if the label fails. */
export async function labelAfterSave(services: Services, document: MaskDocument): Promise<void> {
  if (document.model.saved.defect.isEmpty) return;
  try {
    const item = await itemOf(services, document);
    const { place, image } = document.place;
    // What the layout says of the new mask may not be listed yet; a label written twice changes nothing.
    if (item?.state === 'mask') return;
    const { maskCell: mask } = document;
    const counts = mask === undefined ? {} : { mask };
    const change = { label: 'defective', supervision: 'mask', ...counts } as const;
    await services.labels.set(place, [image], change, markTitle('defective', [image]));
  } catch (error) {
    void showError(error);
  }
}

/** Clears the mask, and marks the image OK where the person says so: Enter presses the first button, which does not. */
export async function askClear(services: Services, document: MaskDocument): Promise<void> {
  if (document.readOnly !== '' || document.model.isEmpty) return;
  const keep = vscode.l10n.t('Clear, Keep Label');
  const markOk = vscode.l10n.t('Clear and Mark OK');
  const question = vscode.l10n.t('Clear the mask of {0}?', fileName(document.place.image));
  const detail = vscode.l10n.t('Undo gets it back until the editor is closed.');
  const options = { modal: true, detail };
  const chosen = await vscode.window.showWarningMessage(question, options, keep, markOk);
  if (chosen === undefined) return;
  document.clear(vscode.l10n.t('Clear Mask'));
  if (chosen === markOk) await markImage(services, document, 'ok');
}

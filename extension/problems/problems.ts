/**
 * Problems of images: one that is clicked opens in the mask editor, where it is mended, and the word behind a
 * mistake of the active run is a link to what can be done about it. VS Code offers fixes for texts alone.
 */
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { UserError } from '../../protocol/errors.ts';
import type { CommandTable } from '../commands.ts';
import type { Services } from '../context.ts';
import { isImageName } from '../explorer/imageNames.ts';
import { writeLabels } from '../explorer/labelCommands.ts';
import { chosenFiles } from '../explorer/selection.ts';
import { fileName } from '../explorer/texts.ts';
import { isWantedPlain, maskEditorType, openImages } from '../openImage.ts';
import { diagnosticSource } from './diagnosticLinks.ts';

/** VS Code's own preview of images. */
const previewType = 'imagePreview.previewEditor';

const hasProblem = (uri: vscode.Uri): boolean =>
  vscode.languages.getDiagnostics(uri).some(({ source }) => source === diagnosticSource);

const uriOf = ({ input }: vscode.Tab): vscode.Uri | undefined =>
  input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText
    ? input.uri
    : undefined;

/** The image of a tab that VS Code opened with an editor that mends nothing. */
function imageOf(tab: vscode.Tab): vscode.Uri | undefined {
  const { input } = tab;
  const isOther = input instanceof vscode.TabInputCustom && input.viewType !== previewType;
  const uri = isOther ? undefined : uriOf(tab);
  return uri?.scheme === 'file' && isImageName(uri.path) ? uri : undefined;
}

async function openInstead(tab: vscode.Tab, uri: vscode.Uri): Promise<void> {
  const { viewColumn } = tab.group;
  const options = { viewColumn, preview: true, preserveFocus: true };
  await vscode.commands.executeCommand('vscode.openWith', uri, maskEditorType, options);
}

/** Opens images with a problem in the mask editor, however they are opened but as a plain image. */
export function openProblemsInMaskEditor({ server, log }: Services): vscode.Disposable {
  return vscode.window.tabGroups.onDidChangeTabs(({ opened, closed }) => {
    if (server.state.name !== 'running') return;
    for (const tab of opened) {
      const uri = imageOf(tab);
      if (uri === undefined || !hasProblem(uri)) continue;
      // The person wants this very editor: by our command, or by VS Code's Reopen Editor With.
      const isReopened = closed.some((other) => uriOf(other)?.toString() === uri.toString());
      if (isReopened || isWantedPlain(uri)) continue;
      openInstead(tab, uri).then(undefined, (error: unknown) => log.warn(String(error)));
    }
  });
}

const aboutImage = z.object({
  file: z.string(),
  mistake: z.optional(z.enum(['missed-defect', 'false-alarm'])),
  way: z.optional(z.enum(['label', 'open', 'mask'])),
});
type Way = NonNullable<z.infer<typeof aboutImage>['way']>;
type Mistake = NonNullable<z.infer<typeof aboutImage>['mistake']>;

async function askWay(uri: vscode.Uri, mistake: Mistake): Promise<Way | undefined> {
  const label =
    mistake === 'missed-defect'
      ? vscode.l10n.t('Mark OK: there is no defect')
      : vscode.l10n.t('Mark Defective: there is a defect');
  const rows: (vscode.QuickPickItem & { readonly way: Way })[] = [
    { label: vscode.l10n.t('Paint its mask'), way: 'mask' },
    { label, way: 'label' },
    { label: vscode.l10n.t('Look at the plain image'), way: 'open' },
  ];
  const title =
    mistake === 'missed-defect'
      ? vscode.l10n.t('Missed defect: {0}', fileName(uri.path))
      : vscode.l10n.t('False alarm: {0}', fileName(uri.path));
  return (await vscode.window.showQuickPick(rows, { title }))?.way;
}

async function mend(services: Services, passed: unknown): Promise<void> {
  const about = aboutImage.safeParse(passed);
  if (!about.success) {
    throw new UserError(vscode.l10n.t('Click the word behind a mistake in the Problems view.'));
  }
  const { file, mistake = 'missed-defect' } = about.data;
  const uri = vscode.Uri.file(file);
  const way = about.data.way ?? (await askWay(uri, mistake));
  if (way === 'open') await openImages([uri], { preserveFocus: false });
  else if (way === 'mask') await openImages([uri], { type: maskEditorType, preserveFocus: false });
  else if (way === 'label') {
    const chosen = await chosenFiles([uri], services);
    const isMissed = mistake === 'missed-defect';
    const change = isMissed
      ? ({ label: 'ok', supervision: '' } as const)
      : ({ label: 'defective' } as const);
    const what = isMissed ? vscode.l10n.t('Mark OK') : vscode.l10n.t('Mark defective');
    await writeLabels(services, chosen, change, what);
  }
}

/** The table. */
export function problemCommands(services: Services): CommandTable {
  return {
    'problem.mend': { whenStopped: 'works', run: (about) => mend(services, about) },
  };
}

/**
 * Problems of images: one that is clicked opens in the mask editor, where it is mended, and the word behind a
 * mistake or a turned image is a link to what can be done about it. VS Code offers fixes for texts alone.
 */
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { UserError } from '../../protocol/errors.ts';
import { requests } from '../../protocol/messages.ts';
import type { CommandTable } from '../commands.ts';
import type { Services } from '../context.ts';
import { isImageName } from '../explorer/imageNames.ts';
import { writeLabels } from '../explorer/labelCommands.ts';
import { chosenFiles } from '../explorer/selection.ts';
import { fileName } from '../explorer/texts.ts';
import { isWantedPlain, maskEditorType, openImages } from '../openImage.ts';
import { diagnosticSource, mendable } from './diagnosticLinks.ts';

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

const ways = ['label', 'open', 'mask', 'stored'] as const;
const aboutImage = z.object({
  file: z.string(),
  code: z.optional(z.enum(mendable)),
  way: z.optional(z.enum(ways)),
});
type Way = (typeof ways)[number];
type Code = (typeof mendable)[number];
interface Choices {
  readonly title: string;
  readonly rows: readonly (vscode.QuickPickItem & { readonly way: Way })[];
}

/** What can be done about a problem of an image. */
function choicesFor(code: Code, name: string): Choices {
  const { l10n } = vscode;
  const mask = { label: l10n.t('Paint its mask'), way: 'mask' } as const;
  const open = { label: l10n.t('Look at the plain image'), way: 'open' } as const;
  switch (code) {
    case 'missed-defect': {
      const label = l10n.t('Mark OK: there is no defect');
      return {
        title: l10n.t('Missed defect: {0}', name),
        rows: [mask, { label, way: 'label' }, open],
      };
    }
    case 'false-alarm': {
      const label = l10n.t('Mark Defective: there is a defect');
      return {
        title: l10n.t('False alarm: {0}', name),
        rows: [mask, { label, way: 'label' }, open],
      };
    }
    case 'orientation': {
      const stored = {
        label: l10n.t('Read images as they are stored, without turning them'),
        detail: l10n.t(
          'For masks that were drawn so. Writes "orientation": "stored" into segdec.json, for all images.',
        ),
      };
      return {
        title: l10n.t('Turned by its EXIF orientation: {0}', name),
        rows: [{ ...stored, way: 'stored' }, mask, open],
      };
    }
  }
}

async function label(services: Services, uri: vscode.Uri, isMissed: boolean): Promise<void> {
  const chosen = await chosenFiles([uri], services);
  const change = isMissed
    ? ({ label: 'ok', supervision: '' } as const)
    : ({ label: 'defective' } as const);
  const what = isMissed ? vscode.l10n.t('Mark OK') : vscode.l10n.t('Mark defective');
  await writeLabels(services, chosen, change, what);
}

/** From now on images lie as their pixels are stored. */
async function readAsStored(services: Services, uri: vscode.Uri): Promise<void> {
  const { server, projects } = services;
  const [image] = await chosenFiles([uri], services);
  if (image === undefined) return;
  const { project } = image.place;
  await server.request(requests.projectOrient, { project, orientation: 'stored' });
  const show = vscode.l10n.t('Show segdec.json');
  const text = vscode.l10n.t(
    'SegDec: images are read as they are stored. Runs that were trained before keep their own way.',
  );
  if ((await vscode.window.showInformationMessage(text, show)) !== show) return;
  const file = projects.all.find(({ id }) => id === project)?.projectFile;
  if (file) await vscode.window.showTextDocument(vscode.Uri.file(file));
}

async function mend(services: Services, passed: unknown): Promise<void> {
  const about = aboutImage.safeParse(passed);
  if (!about.success) {
    throw new UserError(vscode.l10n.t('Click the word behind a problem in the Problems view.'));
  }
  const { file, code = 'missed-defect' } = about.data;
  const uri = vscode.Uri.file(file);
  const { title, rows } = choicesFor(code, fileName(uri.path));
  const way = about.data.way ?? (await vscode.window.showQuickPick(rows, { title }))?.way;
  if (way === 'open') await openImages([uri], { preserveFocus: false });
  else if (way === 'mask') await openImages([uri], { type: maskEditorType, preserveFocus: false });
  else if (way === 'label') await label(services, uri, code === 'missed-defect');
  else if (way === 'stored') await readAsStored(services, uri);
}

/** The table. */
export function problemCommands(services: Services): CommandTable {
  return {
    'problem.mend': { whenStopped: 'works', run: (about) => mend(services, about) },
  };
}

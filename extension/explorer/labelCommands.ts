/** Label, split, kind and review of images, with undo: each call writes once and is one step. */
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors.ts';
import type { Split } from '../../protocol/dataset.ts';
import type { CommandTable } from '../commands.ts';
import type { Services } from '../context.ts';
import type { LabelChange, LabelPlace } from '../labels/labelStore.ts';
import { dayOf } from '../labels/names.ts';
import { pickKind } from './kindPick.ts';
import { fromTree, withItems } from './selection.ts';
import type { ChosenImage } from './selection.ts';
import { fileName, imagesText, splitName } from './texts.ts';

/** Milliseconds that the status bar says what was done. */
const saidFor = 4000;

export interface ImageChooser {
  selectedImages(args: readonly unknown[]): Promise<readonly ChosenImage[]>;
  /** Does work that a key asked for in the tree, after what keys asked before. */
  inTurn(work: () => Promise<void>): Promise<void>;
  /** Does work that labels the tree's selection; selects the next image if that moves it. */
  keepingPlace(work: () => Promise<void>): Promise<void>;
}

const say = (text: string): void => void vscode.window.setStatusBarMessage(text, saidFor);

/** What a step is called: `Mark OK: 12 images`. */
function titleOf(what: string, images: readonly string[]): string {
  const [first = ''] = images;
  const which = images.length === 1 ? fileName(first) : imagesText(images.length, vscode.l10n);
  return `${what}: ${which}`;
}

/** Writes a change of images of perhaps several datasets. */
export async function writeLabels(
  { labels }: Pick<Services, 'labels'>,
  chosen: readonly ChosenImage[],
  change: LabelChange,
  what: string,
): Promise<void> {
  const places = new Map<string, { place: LabelPlace; images: string[] }>();
  for (const { place, image } of chosen) {
    const known = places.get(place.labelsFile);
    if (known === undefined) places.set(place.labelsFile, { place, images: [image] });
    else known.images.push(image);
  }
  for (const { place, images } of places.values()) {
    const title = titleOf(what, images);
    await labels.set(place, images, change, title);
    say(title);
  }
}

/** Throws where there are no images. */
async function choose(view: ImageChooser, args: readonly unknown[]) {
  const chosen = await view.selectedImages(args);
  if (chosen.length > 0) return chosen;
  throw new UserError(
    vscode.l10n.t('No image is selected: select images in the SegDec view, or open one.'),
  );
}

async function toggleReviewed(services: Services, chosen: readonly ChosenImage[]): Promise<void> {
  const known = await withItems(chosen, services);
  const open = known.filter(({ item }) => (item?.reviewed ?? '') === '');
  if (open.length === 0) {
    await writeLabels(services, known, { reviewed: '' }, vscode.l10n.t('Not reviewed'));
    return;
  }
  // Those that were reviewed before keep their day.
  const reviewed = dayOf(new Date());
  await writeLabels(services, open, { reviewed }, vscode.l10n.t('Reviewed'));
}

async function setKind(services: Services, chosen: readonly ChosenImage[]): Promise<void> {
  const [first] = chosen;
  const info = services.projects.all.find(({ id }) => id === first?.place.project);
  const kind = await pickKind(info?.kinds ?? [], chosen.length, first?.item?.kind ?? '');
  if (kind === undefined) return;
  const what = kind === '' ? vscode.l10n.t('No kind') : vscode.l10n.t('Kind {0}', kind);
  await writeLabels(services, chosen, { kind }, what);
}

/** Label commands need no server: the extension writes labels.csv itself. */
export function labelCommands(services: Services, view: ImageChooser): CommandTable {
  const { labels } = services;
  const works = { whenStopped: 'works' } as const;
  const mark = (change: LabelChange, what: string) => ({
    ...works,
    run: async (...args: readonly unknown[]) => {
      const write = async () => await writeLabels(services, await choose(view, args), change, what);
      if (args[0] !== fromTree) await write();
      else await view.inTurn(() => view.keepingPlace(write));
    },
  });
  const useIn = (split: Split) =>
    mark({ split }, vscode.l10n.t('Use in {0}', splitName(split, vscode.l10n)));
  const about = (work: (services: Services, chosen: readonly ChosenImage[]) => Promise<void>) => ({
    ...works,
    run: async (...args: readonly unknown[]) => {
      const whole = async () => await work(services, await choose(view, args));
      await (args[0] === fromTree ? view.inTurn(whole) : whole());
    },
  });
  return {
    'label.ok': mark({ label: 'ok', supervision: '' }, vscode.l10n.t('Mark OK')),
    // A mask that is there is used again; without one the label alone counts.
    'label.defective': mark({ label: 'defective' }, vscode.l10n.t('Mark defective')),
    'label.clear': mark({ label: '' }, vscode.l10n.t('Remove label')),
    'label.kind': about(setKind),
    'label.reviewed': about(toggleReviewed),
    'label.useInTrain': useIn('train'),
    'label.useInVal': useIn('val'),
    'label.useInTest': useIn('test'),
    'label.undo': {
      ...works,
      run: async () => {
        const title = labels.undoTitle;
        if (title === undefined) throw new UserError(vscode.l10n.t('There is no label to undo.'));
        await labels.undo();
        say(vscode.l10n.t('Undone: {0}', title));
      },
    },
    'label.redo': {
      ...works,
      run: async () => {
        const title = labels.redoTitle;
        if (title === undefined) throw new UserError(vscode.l10n.t('There is no label to redo.'));
        await labels.redo();
        say(vscode.l10n.t('Done again: {0}', title));
      },
    },
  };
}

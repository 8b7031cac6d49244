/**
 * Datasets in folders below an open one, which the server finds: the person is asked once for each open folder
 * which one is meant, and the answer goes into segdec.json.
 */
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { NestedDataset } from '../../protocol/dataset.ts';
import type { ProjectInfo } from '../../protocol/explorer.ts';
import { requests } from '../../protocol/messages.ts';
import type { Services } from '../context.ts';
import { showError } from '../errors.ts';

const declinedKey = 'segdec.nestedDeclined';
const declinedSchema = z.array(z.string());

/** The folder that the person picks, "." for the whole; undefined for neither. */
export async function pickDataset(nested: readonly NestedDataset[]): Promise<string | undefined> {
  const items = [
    ...nested.map(({ folder, layout }) => ({ label: folder, description: layout, folder })),
    { label: vscode.l10n.t('The whole folder'), description: '', folder: '.' },
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Which folder holds the dataset?'),
  });
  return picked?.folder;
}

/** Asks of each project that has some, unless the person said no before. */
export class NestedOffers implements vscode.Disposable {
  readonly #services: Services;
  readonly #listening: vscode.Disposable;
  readonly #asked = new Set<string>();

  constructor(services: Services) {
    this.#services = services;
    this.#listening = services.projects.onDidChange(() => this.#offer());
  }

  dispose(): void {
    this.#listening.dispose();
  }

  get #declined(): readonly string[] {
    const { workspaceState } = this.#services.extension;
    const parsed = declinedSchema.safeParse(workspaceState.get(declinedKey));
    return parsed.success ? parsed.data : [];
  }

  #offer(): void {
    for (const project of this.#services.projects.all) {
      if (project.nested.length === 0 || this.#asked.has(project.id)) continue;
      this.#asked.add(project.id);
      if (this.#declined.includes(project.id)) continue;
      this.#ask(project).catch((error: unknown) => void showError(error));
    }
  }

  async #ask({ id, name, nested }: ProjectInfo): Promise<void> {
    const [first, ...more] = nested;
    if (first === undefined) return;
    const use = vscode.l10n.t('Use This Folder');
    const choose = vscode.l10n.t('Choose…');
    const never = vscode.l10n.t('Do Not Ask Again');
    const text =
      more.length === 0
        ? vscode.l10n.t(
            'SegDec: the dataset of "{0}" seems to be in "{1}". Use it?',
            name,
            first.folder,
          )
        : vscode.l10n.t(
            'SegDec: "{0}" has several datasets, such as "{1}". Which one is it?',
            ...[name, first.folder],
          );
    const chosen = await vscode.window.showInformationMessage(
      ...[text, ...(more.length === 0 ? [use] : []), choose, never],
    );
    if (chosen === never) {
      const { workspaceState } = this.#services.extension;
      await workspaceState.update(declinedKey, [...this.#declined, id]);
    }
    const dataset = chosen === choose ? await pickDataset(nested) : first.folder;
    if ((chosen !== use && chosen !== choose) || dataset === undefined) return;
    await this.#services.server.request(requests.projectCreate, { folder: id, dataset });
  }
}

/**
 * Places outside of an open folder that its segdec.json, or a run, names: the person is asked once for each, the
 * answer is kept for this folder and this place, and the server is told. Until then nothing there is looked at.
 */
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { Initialization } from '../protocol/messages.ts';
import { requests } from '../protocol/messages.ts';
import type { CommandTable } from './commands.ts';
import type { Services } from './context.ts';
import { showError } from './errors.ts';

const keptKey = 'segdec.places';
const keptSchema = z.record(z.string(), z.array(z.string()));

const askedSchema = z.object({
  project: z.string(),
  file: z.string(),
  what: z.enum(['dataset', 'run']),
  place: z.string(),
});
type Asked = z.infer<typeof askedSchema>;

function kept(memory: vscode.Memento): z.infer<typeof keptSchema> {
  const parsed = keptSchema.safeParse(memory.get(keptKey));
  return parsed.success ? parsed.data : {};
}

/** What the person has allowed, as a server that starts is told. */
export function allowedPlaces(memory: vscode.Memento): NonNullable<Initialization['places']> {
  return Object.entries(kept(memory)).flatMap(([project, places]) =>
    places.map((place) => ({ project, place })),
  );
}

async function keep(memory: vscode.Memento, { project, place }: Asked): Promise<void> {
  const all = kept(memory);
  const places = new Set(all[project] ?? []).add(place);
  await memory.update(keptKey, { ...all, [project]: [...places] });
}

function questionOf({ file, what, place }: Asked): string {
  return what === 'run'
    ? vscode.l10n.t(
        'SegDec: {0} names the run {1}, which lies outside of its folder. Use it only if you know it.',
        file,
        place,
      )
    : vscode.l10n.t(
        'SegDec: {0} names the dataset {1}, which lies outside of its folder. Images there would be listed, and masks and labels written there.',
        file,
        place,
      );
}

export class OutsidePlaces implements vscode.Disposable {
  readonly #services: Services;
  readonly #listening: vscode.Disposable;
  /** Asked in this window: whoever said "Not Now" is not asked again by itself. */
  readonly #asked = new Set<string>();
  readonly commands: CommandTable;

  constructor(services: Services) {
    this.#services = services;
    this.#listening = services.projects.onDidChange(() => this.#askForNew());
    this.commands = {
      'places.allow': { whenStopped: 'start-first', run: (passed) => this.#allow(passed) },
    };
  }

  dispose(): void {
    this.#listening.dispose();
  }

  #pending(): Asked[] {
    return this.#services.projects.all.flatMap(({ id, outside }) =>
      outside === null ? [] : [{ project: id, ...outside }],
    );
  }

  #askForNew(): void {
    if (!vscode.workspace.isTrusted) return;
    for (const asked of this.#pending()) {
      const key = JSON.stringify([asked.project, asked.place]);
      if (this.#asked.has(key)) continue;
      this.#asked.add(key);
      this.#ask(asked).catch((error: unknown) => void showError(error));
    }
  }

  /** What a button passes, else what the folders wait for. */
  async #allow(passed: unknown): Promise<void> {
    const parsed = askedSchema.safeParse(passed);
    const all = parsed.success ? [parsed.data] : this.#pending();
    for (const asked of all) await this.#ask(asked);
    if (all.length > 0) return;
    void vscode.window.showInformationMessage(
      vscode.l10n.t('SegDec: no open folder waits for a place outside of it.'),
    );
  }

  async #ask(asked: Asked): Promise<void> {
    const use = vscode.l10n.t('Use This Folder');
    const later = vscode.l10n.t('Not Now');
    const chosen = await vscode.window.showWarningMessage(questionOf(asked), use, later);
    if (chosen !== use) return;
    const { extension, server } = this.#services;
    await keep(extension.globalState, asked);
    await server.request(requests.placeAllow, { project: asked.project, place: asked.place });
  }
}

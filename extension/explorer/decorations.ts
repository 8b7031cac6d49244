/** Marks images of datasets in the file explorer: two letters and a colour for label or outcome. */
import * as vscode from 'vscode';
import type { FoundImage } from '../../protocol/explorer.ts';
import { mostOfPage, requests } from '../../protocol/messages.ts';
import { errorText } from '../../protocol/errors.ts';
import type { Services } from '../context.ts';
import { isCancelled } from '../errors.ts';
import { ServerAway } from '../server/serverHandle.ts';
import { isImageName } from './imageNames.ts';
import { lookOf } from './icons.ts';
import { outcomeName, scoreText, stateName } from './texts.ts';

/** Files that are asked for within this time are one question. */
const collectFor = 50;
/** Changes that follow each other closely are one new look at all files. */
const settle = 300;
const setting = 'segdec.decorations.enabled';

interface Waiting {
  readonly file: string;
  readonly resolve: (found: FoundImage | null | undefined) => void;
}

class Decorations implements vscode.FileDecorationProvider {
  readonly #services: Services;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #subscriptions: { dispose(): unknown }[];
  /** What the server said last; stays while it is away. */
  readonly #known = new Map<string, FoundImage>();
  #waiting: Waiting[] = [];
  /** Versions of the projects at the last look. */
  #seen = '';
  #asking: NodeJS.Timeout | undefined;
  #settling: NodeJS.Timeout | undefined;

  readonly onDidChangeFileDecorations = this.#changed.event;

  constructor(services: Services) {
    this.#services = services;
    this.#subscriptions = [
      this.#changed,
      services.projects.onDidChange(() => this.#projectsChanged()),
      services.labels.onDidChange(() => this.#lookAgain()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(setting)) this.#lookAgain();
      }),
      vscode.window.registerFileDecorationProvider(this),
    ];
  }

  async provideFileDecoration(uri: vscode.Uri): Promise<vscode.FileDecoration | undefined> {
    if (uri.scheme !== 'file' || !isImageName(uri.path)) return undefined;
    if (!vscode.workspace.getConfiguration().get<boolean>(setting, true)) return undefined;
    if (this.#services.projects.all.length === 0) return undefined;
    const asked = await this.#ask(uri.fsPath);
    const found = asked === undefined ? this.#known.get(uri.fsPath) : asked;
    return found ? this.#decoration(found) : undefined;
  }

  dispose(): void {
    clearTimeout(this.#asking);
    clearTimeout(this.#settling);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #decoration({ project, item }: FoundImage): vscode.FileDecoration | undefined {
    const shown = this.#services.labels.applied(project, item);
    const { badge, color } = lookOf(shown);
    if (badge === '') return undefined;
    const { state, score, outcome } = shown;
    const said = [
      stateName(state, vscode.l10n),
      outcome === '' ? '' : outcomeName(outcome, vscode.l10n),
      score === null ? '' : vscode.l10n.t('score {0}', scoreText(score)),
    ];
    const tooltip = said.filter((text) => text !== '').join(', ');
    return new vscode.FileDecoration(badge, tooltip, new vscode.ThemeColor(color));
  }

  /** Null: no image of a project; undefined: nobody is there to tell. */
  #ask(file: string): Promise<FoundImage | null | undefined> {
    return new Promise((resolve) => {
      this.#waiting.push({ file, resolve });
      this.#asking ??= setTimeout(() => {
        this.#asking = undefined;
        const waiting = this.#waiting;
        this.#waiting = [];
        for (let start = 0; start < waiting.length; start += mostOfPage) {
          void this.#lookUp(waiting.slice(start, start + mostOfPage));
        }
      }, collectFor);
    });
  }

  async #lookUp(waiting: readonly Waiting[]): Promise<void> {
    const { server, log } = this.#services;
    const files = waiting.map(({ file }) => file);
    const answer = await server
      .request(requests.datasetLookup, { files })
      .catch((error: unknown) => {
        const expected = error instanceof ServerAway || isCancelled(error);
        if (!expected) log.warn(`File decorations: ${errorText(error)}`);
        return undefined;
      });
    waiting.forEach(({ file, resolve }, i) => {
      const found = answer?.[i];
      if (found) this.#known.set(file, found);
      else if (found === null) this.#known.delete(file);
      resolve(found);
    });
  }

  #projectsChanged(): void {
    const versions = this.#services.projects.all.map(({ id, version }) => [id, version]);
    const seen = JSON.stringify(versions);
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#lookAgain();
  }

  #lookAgain(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#changed.fire(undefined);
    }, settle);
  }
}

/** Registers them for as long as the extension is active. */
export function createDecorations(services: Services): vscode.Disposable {
  const decorations = new Decorations(services);
  return new vscode.Disposable(() => decorations.dispose());
}

/** segdec.json in an editor: problems at its keys, lenses above it, links in it. Completion is the schema's. */
import { basename, dirname, resolve } from 'node:path';
import { CodeActionKind, CodeLensRefreshRequest } from 'vscode-languageserver';
import type {
  CodeAction,
  CodeActionParams,
  CodeLens,
  Diagnostic,
  DocumentLink,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { namedRun } from '../../../runs/activeRun.ts';
import { Delayed } from '../delayed.ts';
import { fileOf, firstLine, rangeOf, uriOf } from '../places.ts';
import type { ProblemBoard } from '../problems/board.ts';
import { severities } from '../problems/projectProblems.ts';
import type { Project } from '../../project/project.ts';
import type { Workplace } from '../../workplace.ts';
import { checkProject } from './checks.ts';
import { gatherFacts } from './facts.ts';
import { placeOf, readProjectText } from './jsonText.ts';
import { stackOf } from '../../door.ts';

const settle = 300;

/** The path of a document that is a segdec.json. */
export function projectFileOf(uri: string): string | undefined {
  const file = fileOf(uri);
  return file !== undefined && basename(file) === 'segdec.json' ? file : undefined;
}

export class ProjectFiles {
  readonly #workplace: Workplace;
  readonly #board: ProblemBoard;
  readonly #check: Delayed<string>;

  constructor(workplace: Workplace, board: ProblemBoard) {
    this.#workplace = workplace;
    this.#board = board;
    this.#check = new Delayed(settle, (uri) => void this.#run(uri));
    const { documents, projects } = workplace;
    documents.onDidChangeContent(({ document: { uri } }) => {
      if (projectFileOf(uri) !== undefined) this.#check.ask(uri);
    });
    documents.onDidClose(({ document: { uri } }) => {
      this.#check.drop(uri);
      this.#board.clear(`settings:${uri}`);
    });
    projects.onReport(() => {
      for (const uri of documents.keys()) if (projectFileOf(uri)) this.#check.ask(uri);
    });
    workplace.onShutdown(() => this.#check.dispose());
    workplace.connection.onCodeLens(({ textDocument }) => this.#lenses(textDocument.uri));
    this.#refreshLenses();
  }

  /** `dataset` and `activeRun` lead to what they name. */
  links(document: TextDocument): DocumentLink[] {
    const file = projectFileOf(document.uri);
    const text = file === undefined ? undefined : readProjectText(document.getText());
    if (file === undefined || text === undefined) return [];
    const home = dirname(file);
    const { dataset } = text.settings;
    const run = namedRun({ settings: text.settings, home });
    const link = (key: string, target: string, tooltip: string): DocumentLink => {
      const { start, end } = placeOf(text, [key]);
      return { range: rangeOf(document, start, end), target: uriOf(target), tooltip };
    };
    return [
      ...(dataset === undefined
        ? []
        : [link('dataset', resolve(home, dataset), 'Open the dataset folder')]),
      ...(run === undefined ? [] : [link('activeRun', resolve(run, 'run.json'), 'Open run.json')]),
    ];
  }

  /** Ways out of what lies outside: the person is asked. */
  actions({ textDocument, context }: CodeActionParams): CodeAction[] {
    const file = projectFileOf(textDocument.uri);
    const project = file === undefined ? undefined : this.#projectOf(file)?.info();
    const outside = project?.outside ?? null;
    if (project === undefined || outside === null || outside.file !== file) return [];
    const diagnostics = context.diagnostics.filter(({ code }) => code === 'outside');
    if (diagnostics.length === 0) return [];
    const title = `Use ${outside.place}…`;
    const command = 'segdec.places.allow';
    const args = [{ project: project.id, ...outside }];
    const { QuickFix: kind } = CodeActionKind;
    return [{ title, kind, diagnostics, command: { title, command, arguments: args } }];
  }

  #projectOf(file: string): Project | undefined {
    return this.#workplace.projects.all.find(({ id, home }) => {
      return home === dirname(file) || id === dirname(file);
    });
  }

  #lenses(uri: string): CodeLens[] {
    const file = projectFileOf(uri);
    const project = file === undefined ? undefined : this.#projectOf(file);
    if (project === undefined) return [];
    const lens = (title: string, command: string, ...args: unknown[]): CodeLens => ({
      range: firstLine,
      command: { title, command, arguments: args },
    });
    const run = project.activeRun?.paths.folder;
    const inspect = lens('Inspect', 'segdec.inspect', { project: project.id });
    if (!this.#workplace.isTrusted()) return [inspect];
    return [
      lens('Train', 'segdec.train', { project: project.id }),
      ...(run === undefined ? [] : [lens('Evaluate', 'segdec.evaluate', { run })]),
      inspect,
    ];
  }

  /** Trust and runs change what can be done. */
  #refreshLenses(): void {
    const { connection, client, projects, onSettings, onShutdown } = this.#workplace;
    if (client.capabilities.workspace?.codeLens?.refreshSupport !== true) return;
    const refresh = new Delayed<'all'>(settle, () => {
      connection.sendRequest(CodeLensRefreshRequest.type).catch((error: unknown) => {
        connection.console.warn(`The client would not ask for lenses again: ${String(error)}`);
      });
    });
    let before = '';
    projects.onReport((all) => {
      const now = JSON.stringify(all.map(({ id, activeRun }) => [id, activeRun]));
      if (now !== before) refresh.ask('all');
      before = now;
    });
    onSettings(() => refresh.ask('all'));
    onShutdown(() => refresh.dispose());
  }

  async #run(uri: string): Promise<void> {
    try {
      await this.#checkFile(uri);
    } catch (error) {
      this.#workplace.connection.console.error(`Checking ${uri}: ${stackOf(error)}`);
    }
  }

  async #checkFile(uri: string): Promise<void> {
    const document = this.#workplace.documents.get(uri);
    const file = projectFileOf(uri);
    if (document === undefined || file === undefined) return;
    const { version } = document;
    const text = readProjectText(document.getText());
    const diagnostics: Diagnostic[] = [];
    if (text !== undefined) {
      const project = this.#projectOf(file);
      const allowed = project && this.#workplace.projects.places.of(project.id);
      const facts = await gatherFacts(
        ...([file, text.settings, project, allowed, this.#workplace.isTrusted()] as const),
      );
      if (document.version !== version || this.#workplace.documents.get(uri) !== document) return;
      for (const { path, severity, code, message } of checkProject(text.settings, facts)) {
        const { start, end } = placeOf(text, path);
        const range = rangeOf(document, start, end);
        const how = { severity: severities[severity], source: 'segdec', code, message };
        diagnostics.push({ range, ...how });
      }
    }
    const found = new Map(diagnostics.length === 0 ? [] : [[uri, diagnostics]]);
    this.#board.replace(`settings:${uri}`, found);
  }
}

/** The open labels.csv and scores.csv: their rows, read once a version, and the project that they belong to. */
import { basename, dirname, join } from 'node:path';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { labelsFile } from '../../../data/labelsCsv.ts';
import { pathOfCell } from '../../../runs/csv.ts';
import type { Project } from '../../project/project.ts';
import type { Workplace } from '../../workplace.ts';
import { fileOf } from '../places.ts';
import { CsvTable } from './csvTable.ts';
import { rowsByImage } from './rowProblems.ts';
import type { RowsByImage } from './rowProblems.ts';

export interface OpenTable {
  readonly uri: string;
  readonly kind: 'labels' | 'scores';
  readonly document: TextDocument;
  readonly version: number;
  readonly project: Project;
  readonly table: CsvTable;
  /** Rows by image; gathered when first asked for. */
  readonly rows: () => RowsByImage;
}

interface Parsed {
  readonly version: number;
  readonly table: CsvTable;
  rows: RowsByImage | undefined;
}

/** What a file is by its name; undefined for a file that is no table of ours. */
export function tableKind(file: string): OpenTable['kind'] | undefined {
  const name = basename(file);
  return name === labelsFile ? 'labels' : name === 'scores.csv' ? 'scores' : undefined;
}

export class Tables {
  readonly #workplace: Pick<Workplace, 'documents' | 'projects'>;
  readonly #parsed = new Map<string, Parsed>();

  constructor(workplace: Pick<Workplace, 'documents' | 'projects'>) {
    this.#workplace = workplace;
    workplace.documents.onDidClose(({ document }) => void this.#parsed.delete(document.uri));
  }

  /** An open table of an open project. */
  get(uri: string): OpenTable | undefined {
    const file = fileOf(uri);
    const document = this.#workplace.documents.get(uri);
    const kind = file === undefined ? undefined : tableKind(file);
    if (file === undefined || document === undefined || kind === undefined) return undefined;
    const project = this.#projectOf(file, kind);
    if (project === undefined) return undefined;
    const parsed = this.#parse(document, kind);
    const rows = (): RowsByImage => (parsed.rows ??= rowsByImage(parsed.table));
    const { version, table } = parsed;
    return { uri, kind, document, version, project, table, rows };
  }

  all(): OpenTable[] {
    return this.#workplace.documents.keys().flatMap((uri) => this.get(uri) ?? []);
  }

  #projectOf(file: string, kind: OpenTable['kind']): Project | undefined {
    const { projects } = this.#workplace;
    if (kind === 'labels')
      return projects.all.find(({ folder }) => join(folder, labelsFile) === file);
    return (
      projects.ofRun(dirname(file)) ??
      projects.all.find(({ activeRun }) => activeRun?.paths.scores === file)
    );
  }

  #parse(document: TextDocument, kind: OpenTable['kind']): Parsed {
    const known = this.#parsed.get(document.uri);
    if (known?.version === document.version) return known;
    // Only what we write is guarded against spreadsheets; what a person writes stands for itself.
    const meaning = kind === 'scores' ? pathOfCell : undefined;
    const table = new CsvTable(document.getText(), meaning);
    const parsed: Parsed = { version: document.version, table, rows: undefined };
    this.#parsed.set(document.uri, parsed);
    return parsed;
  }
}

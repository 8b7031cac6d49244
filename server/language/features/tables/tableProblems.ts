/** Checks open tables a moment after they or their project changed, a portion of rows at a time. */
import type { Diagnostic } from 'vscode-languageserver';
import { Turns } from '../../../data/portions.ts';
import { Delayed } from '../delayed.ts';
import { firstLine, rangeOf } from '../places.ts';
import type { ProblemBoard } from '../problems/board.ts';
import type { ProjectFindings } from '../problems/projectFindings.ts';
import { mostProblems, severities } from '../problems/projectProblems.ts';
import type { Workplace } from '../../workplace.ts';
import { contextOf } from './rowContext.ts';
import { headerProblem, rowProblems } from './rowProblems.ts';
import type { RowProblem } from './rowProblems.ts';
import type { OpenTable, Tables } from './tables.ts';
import { stackOf } from '../../door.ts';

const settle = 200;

/** A problem as the protocol has it. */
export function diagnosticOf({ document }: OpenTable, problem: RowProblem): Diagnostic {
  const { severity, code, message, start, end } = problem;
  const range = rangeOf(document, start, end);
  return { range, severity: severities[severity], source: 'segdec', code, message };
}

/** The problems of a table, the first so many; undefined when the table changed meanwhile. */
async function problemsOf(
  open: OpenTable,
  context: ReturnType<typeof contextOf>,
  isCurrent: () => boolean,
): Promise<{ problems: RowProblem[]; left: number } | undefined> {
  const { table } = open;
  const header = headerProblem(table);
  if (header !== undefined) return { problems: [header], left: 0 };
  // The text was just parsed, which is a good part of what may be done at once.
  const turns = new Turns();
  await turns.next();
  const rows = open.rows();
  const problems: RowProblem[] = [];
  let left = 0;
  for (let row = 1; row < table.size; row += 1) {
    const found = rowProblems(table, row, rows, context);
    const room = Math.max(0, mostProblems - problems.length);
    problems.push(...found.slice(0, room));
    left += Math.max(0, found.length - room);
    // A reader of CSV stops at the first row that is none.
    if (found[0]?.code === 'record') break;
    if (!turns.isOver) continue;
    await turns.next();
    if (!isCurrent()) return undefined;
  }
  return { problems, left };
}

export class TableProblems {
  readonly #workplace: Workplace;
  readonly #tables: Tables;
  readonly #board: ProblemBoard;
  readonly #findings: ProjectFindings;
  readonly #check: Delayed<string>;
  /** Grows with each check of a table, so that an older one stops. */
  readonly #turns = new Map<string, number>();

  constructor(
    workplace: Workplace,
    tables: Tables,
    board: ProblemBoard,
    findings: ProjectFindings,
  ) {
    this.#workplace = workplace;
    this.#tables = tables;
    this.#board = board;
    this.#findings = findings;
    this.#check = new Delayed(settle, (uri) => void this.#run(uri));
    const { documents } = workplace;
    documents.onDidChangeContent(({ document }) => this.#check.ask(document.uri));
    documents.onDidClose(({ document }) => {
      this.#check.drop(document.uri);
      this.#turns.delete(document.uri);
      this.#board.clear(`table:${document.uri}`);
    });
    findings.onChange((project) => {
      for (const open of tables.all()) if (open.project === project) this.#check.ask(open.uri);
    });
    workplace.onShutdown(() => this.#check.dispose());
  }

  async #run(uri: string): Promise<void> {
    try {
      await this.#checkTable(uri);
    } catch (error) {
      this.#workplace.connection.console.error(`Checking ${uri}: ${stackOf(error)}`);
    }
  }

  async #checkTable(uri: string): Promise<void> {
    const open = this.#tables.get(uri);
    if (open === undefined) {
      this.#board.clear(`table:${uri}`);
      return;
    }
    const turn = (this.#turns.get(uri) ?? 0) + 1;
    this.#turns.set(uri, turn);
    const isCurrent = (): boolean =>
      this.#turns.get(uri) === turn && open.document.version === open.version;
    const context = contextOf(open, this.#findings, this.#workplace.settings());
    const result = await problemsOf(open, context, isCurrent);
    if (result === undefined || !isCurrent()) return;
    const diagnostics = result.problems.map((problem) => diagnosticOf(open, problem));
    if (result.left > 0) diagnostics.push(more(result.left));
    this.#board.replace(
      `table:${uri}`,
      new Map(diagnostics.length === 0 ? [] : [[uri, diagnostics]]),
    );
  }
}

function more(left: number): Diagnostic {
  const message = `Problems of this file that are not shown: ${left}.`;
  return {
    range: firstLine,
    severity: severities.information,
    source: 'segdec',
    code: 'more',
    message,
  };
}

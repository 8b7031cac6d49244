/** What the images view shows and in which order; kept for the workspace, and read by the grid. */
import * as vscode from 'vscode';
import type { ImageFilter, ImageQuery } from '../../protocol/explorer.ts';
import { querySchema } from '../../protocol/explorer.ts';
import { tidyFilter } from './filter.ts';

const key = 'segdec.query';
const first: ImageQuery = { groupBy: 'split', sortBy: 'name', filter: {} };

export class QueryStore implements vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<void>();
  #query: ImageQuery;

  readonly onDidChange = this.#changed.event;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
    const kept = querySchema.safeParse(memory.get(key));
    this.#query = kept.success ? kept.data : first;
    this.#setContext();
  }

  get query(): ImageQuery {
    return this.#query;
  }

  get isFiltered(): boolean {
    return Object.keys(this.#query.filter).length > 0;
  }

  async change(part: Partial<ImageQuery>): Promise<void> {
    const { filter, ...others } = { ...this.#query, ...part };
    this.#query = { ...others, filter: tidyFilter(filter) };
    this.#setContext();
    this.#changed.fire();
    await this.#memory.update(key, this.#query);
  }

  filter(filter: ImageFilter): Promise<void> {
    return this.change({ filter });
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #setContext(): void {
    const { groupBy } = this.#query;
    void vscode.commands.executeCommand('setContext', 'segdec.groupBy', groupBy);
    void vscode.commands.executeCommand('setContext', 'segdec.isFiltered', this.isFiltered);
  }
}

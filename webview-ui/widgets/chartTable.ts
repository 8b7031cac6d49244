/**
 * The values of a chart as a table, 25 rows a page: always there for a screen reader, in sight when it is asked
 * for or has the keyboard's focus.
 */
import { button, make, setText } from './dom.ts';
import { countText, fill } from './texts.ts';

export interface TableWords {
  readonly showTable: string;
  readonly hideTable: string;
  readonly rows: string;
  readonly previousRows: string;
  readonly nextRows: string;
}

export interface TableContent {
  readonly columns: readonly string[];
  readonly rows: number;
  readonly cell: (row: number, column: number) => string;
}

const perPage = 25;

export class ChartTable {
  readonly element: HTMLElement;
  readonly toggle: HTMLButtonElement;
  readonly #words: TableWords;
  readonly #head = make('tr');
  readonly #body = make('tbody');
  readonly #range = make('span', { role: 'status' });
  readonly #previous: HTMLButtonElement;
  readonly #next: HTMLButtonElement;
  #content: TableContent = { columns: [], rows: 0, cell: () => '' };
  /** Undefined: the last page, also as rows are added. */
  #page: number | undefined;
  #open = false;

  /** `id` names the table to the chart that it tells of. */
  constructor(words: TableWords, title: string, id: string) {
    this.#words = words;
    const turn = (label: string, sign: string, by: number) =>
      button({ label, icon: sign, iconOnly: true, press: () => this.#turn(by) });
    this.#previous = turn(words.previousRows, 'chevron-left', -1);
    this.#next = turn(words.nextRows, 'chevron-right', 1);
    const table = make('table', {}, make('caption', { class: 'visually-hidden' }, title));
    table.append(make('thead', {}, this.#head), this.#body);
    const pager = make('div', { class: 'pager' }, this.#previous, this.#range, this.#next);
    this.element = make('div', { class: 'chart-table folded', id }, table, pager);
    this.toggle = button({
      ...{ label: words.showTable, icon: 'table', iconOnly: true },
      press: () => this.#fold(),
    });
    this.toggle.setAttribute('aria-controls', id);
    this.toggle.setAttribute('aria-expanded', 'false');
  }

  show(content: TableContent): void {
    this.#content = content;
    this.#draw();
  }

  get #pages(): number {
    return Math.max(1, Math.ceil(this.#content.rows / perPage));
  }

  #fold(): void {
    this.#open = !this.#open;
    this.element.classList.toggle('folded', !this.#open);
    this.toggle.setAttribute('aria-expanded', String(this.#open));
    const label = this.#open ? this.#words.hideTable : this.#words.showTable;
    this.toggle.setAttribute('aria-label', label);
    this.toggle.title = label;
  }

  #turn(by: number): void {
    const page = Math.min(this.#pages - 1, Math.max(0, (this.#page ?? this.#pages - 1) + by));
    this.#page = page === this.#pages - 1 ? undefined : page;
    this.#draw();
  }

  #draw(): void {
    const { columns, rows, cell } = this.#content;
    const page = Math.min(this.#page ?? this.#pages - 1, this.#pages - 1);
    const from = page * perPage;
    const to = Math.min(rows, from + perPage);
    this.#head.replaceChildren(...columns.map((name) => make('th', { scope: 'col' }, name)));
    const lines: HTMLElement[] = [];
    for (let row = from; row < to; row += 1) {
      const cells = columns.map((_, column) =>
        column === 0
          ? make('th', { scope: 'row' }, cell(row, column))
          : make('td', {}, cell(row, column)),
      );
      lines.push(make('tr', {}, ...cells));
    }
    this.#body.replaceChildren(...lines);
    const range = [rows === 0 ? 0 : from + 1, to, rows].map(countText);
    setText(this.#range, fill(this.#words.rows, ...range));
    // A button that is disabled loses the focus: it only says that it leads nowhere.
    this.#previous.setAttribute('aria-disabled', String(page === 0));
    this.#next.setAttribute('aria-disabled', String(page === this.#pages - 1));
  }
}

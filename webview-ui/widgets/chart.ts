/**
 * A chart for everybody: a canvas for those who see it, a cursor that the arrow keys move and that is read out,
 * and all values as a table. After Grafana's pattern of figure, details and table.
 */
import { ChartTable } from './chartTable.ts';
import type { TableWords } from './chartTable.ts';
import { keptPositions } from './decimate.ts';
import { make, setText } from './dom.ts';
import { Plot } from './plot.ts';
import { onThemeChange } from './themeColours.ts';
import { countText } from './texts.ts';

export interface ChartWords extends TableWords {
  readonly chart: string;
  readonly chartKeys: string;
  readonly none: string;
}

export interface ChartParts {
  /** Names the chart's elements on the page. */
  readonly id: string;
  readonly title: string;
  /** What x is: `Epoch`. */
  readonly xName: string;
  readonly curves: readonly string[];
  readonly limits?: readonly [number, number];
  readonly format: (value: number) => string;
  readonly words: ChartWords;
}

export interface ChartData {
  readonly x: readonly number[];
  /** A column for each curve, null where it has no value. */
  readonly columns: readonly (readonly (number | null)[])[];
}

/** More points cannot be told apart at the size of these charts. */
const mostPoints = 1200;

export class Chart {
  readonly element: HTMLElement;
  readonly #parts: ChartParts;
  readonly #text = make('span', { class: 'chart-text' });
  readonly #stage: HTMLElement;
  readonly #empty = make('p', { class: 'chart-empty' });
  readonly #reading = make('div', { class: 'visually-hidden', role: 'status' });
  readonly #values: HTMLElement[];
  readonly #table: ChartTable;
  readonly #plot: Plot;
  #data: ChartData = { x: [], columns: [] };
  #kept: readonly number[] = [];
  /** The point that is read; undefined: the newest. */
  #cursor: number | undefined;

  constructor(parts: ChartParts) {
    this.#parts = parts;
    const { id, title, words, curves, limits } = parts;
    this.#values = curves.map(() => make('span', { class: 'curve-value' }));
    this.#table = new ChartTable(words, title, `${id}-table`);
    this.#stage = make('div', {
      ...{ class: 'chart-stage', tabindex: 0, role: 'application' },
      ...{ 'aria-roledescription': words.chart, 'aria-label': `${title}. ${words.chartKeys}` },
    });
    this.element = make(
      'figure',
      { class: 'chart', 'aria-labelledby': `${id}-title`, 'aria-details': `${id}-table` },
      make(
        'figcaption',
        {},
        make('h2', { id: `${id}-title` }, title),
        this.#text,
        make('span', { class: 'spring' }),
        this.#table.toggle,
      ),
      make('div', { class: 'legend', 'aria-hidden': 'true' }, ...this.#legend()),
      ...[this.#stage, this.#empty, this.#reading, this.#table.element],
    );
    this.#plot = new Plot(this.#stage, {
      curves: curves.length,
      limits,
      hovered: (position) => this.#point(position === undefined ? undefined : this.#kept[position]),
    });
    this.#stage.addEventListener('keydown', (event) => this.#key(event));
    this.#stage.addEventListener('mouseleave', () => this.#point(undefined));
    this.#stage.addEventListener('blur', () => this.#point(undefined));
    onThemeChange(() => this.#plot.recolour());
  }

  /** Shows other values; `text` says what they are of, `empty` why there are none. */
  show(data: ChartData, { text, empty }: { readonly text: string; readonly empty: string }): void {
    this.#data = data;
    setText(this.#text, text);
    setText(this.#empty, empty);
    const has = data.x.length > 0;
    this.#stage.hidden = !has;
    this.#empty.hidden = has;
    if (has) this.#draw();
    this.#drawTable();
    if (this.#cursor !== undefined && this.#cursor >= data.x.length) this.#cursor = undefined;
    this.#drawValues();
  }

  #draw(): void {
    const { x, columns } = this.#data;
    this.#kept = keptPositions(x.length, columns, mostPoints);
    const thin = <T>(column: readonly T[]): T[] =>
      this.#kept.flatMap((at) => column.slice(at, at + 1));
    this.#plot.show([thin(x), ...columns.map(thin)]);
  }

  #drawTable(): void {
    const { xName, curves, words, format } = this.#parts;
    const { x, columns } = this.#data;
    this.#table.show({
      columns: [xName, ...curves],
      rows: x.length,
      cell: (row, column) => {
        if (column === 0) return countText(x[row] ?? 0);
        const value = columns[column - 1]?.[row] ?? null;
        return value === null ? words.none : format(value);
      },
    });
  }

  #legend(): HTMLElement[] {
    return this.#parts.curves.map((name, i) =>
      make(
        'span',
        { class: `curve curve-${i + 1}` },
        ...[
          make('span', { class: 'swatch' }),
          make('span', {}, name),
          ...this.#values.slice(i, i + 1),
        ],
      ),
    );
  }

  /** Beside each name the value at the cursor, else the newest. */
  #drawValues(): void {
    const at = this.#cursor ?? this.#data.x.length - 1;
    this.#values.forEach((element, i) => {
      const value = this.#data.columns[i]?.[at] ?? null;
      setText(element, value === null ? '' : this.#parts.format(value));
    });
  }

  #point(position: number | undefined): void {
    this.#cursor = position;
    this.#drawValues();
  }

  #key(event: KeyboardEvent): void {
    const last = this.#data.x.length - 1;
    const from = this.#cursor ?? last + (event.key === 'ArrowLeft' ? 1 : 0);
    const targets: Readonly<Partial<Record<string, number>>> = {
      ArrowLeft: from - 1,
      ArrowRight: from + 1,
      PageUp: from - 10,
      PageDown: from + 10,
      Home: 0,
      End: last,
    };
    const target = event.key === 'Escape' ? undefined : targets[event.key];
    if (target === undefined && event.key !== 'Escape') return;
    event.preventDefault();
    this.#point(target === undefined ? undefined : Math.min(last, Math.max(0, target)));
    this.#plot.point(this.#cursor === undefined ? undefined : this.#data.x[this.#cursor]);
    if (this.#cursor !== undefined) setText(this.#reading, this.#sentence(this.#cursor));
  }

  #sentence(position: number): string {
    const { xName, curves, words, format } = this.#parts;
    const values = curves.map((name, i) => {
      const value = this.#data.columns[i]?.[position] ?? null;
      return `${name} ${value === null ? words.none : format(value)}`;
    });
    return `${xName} ${countText(this.#data.x[position] ?? 0)}: ${values.join(', ')}`;
  }
}

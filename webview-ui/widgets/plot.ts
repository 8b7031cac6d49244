/** uPlot with our colours, dashes and marks: the drawing of a chart, and nothing of what is said about it. */
import 'uplot/dist/uPlot.min.css';
import uPlot from 'uplot';
import type { ThemeColours } from './themeColours.ts';
import { readColours } from './themeColours.ts';

export interface PlotParts {
  readonly curves: number;
  /** Fixed limits of the y axis; else from 0 to the highest. */
  readonly limits: readonly [number, number] | undefined;
  /** The mouse is over this point; undefined: over none. */
  readonly hovered: (position: number | undefined) => void;
}

/** x, then a column for each curve. */
export type PlotData = readonly [
  x: readonly number[],
  ...columns: readonly (readonly (number | null)[])[],
];

/** Curves differ by these where colours cannot be told apart. */
const dashes: readonly (readonly number[])[] = [[], [8, 4], [2, 4]];
const steps = [1, 2, 5].flatMap((digit) =>
  [0, 1, 2, 3, 4, 5, 6].map((power) => digit * 10 ** power),
);
const wholeSteps = steps.sort((a, b) => a - b);
const markDistance = 44;
const markSize = 3.5;

type Mark = (path: Path2D, x: number, y: number, size: number) => void;
const marks: readonly Mark[] = [
  (path, x, y, size) => {
    path.moveTo(x + size, y);
    path.arc(x, y, size, 0, 2 * Math.PI);
  },
  (path, x, y, size) => path.rect(x - size, y - size, 2 * size, 2 * size),
  (path, x, y, size) => {
    path.moveTo(x, y - 1.2 * size);
    path.lineTo(x + 1.2 * size, y + size);
    path.lineTo(x - 1.2 * size, y + size);
    path.closePath();
  },
];

const mutable = (data: PlotData): uPlot.AlignedData => [
  [...data[0]],
  ...data.slice(1).map((column) => [...column]),
];

export class Plot {
  readonly #parts: PlotParts;
  readonly #place: HTMLElement;
  readonly #observer: ResizeObserver;
  #colours: ThemeColours = readColours();
  #plot: uPlot | undefined;

  constructor(place: HTMLElement, parts: PlotParts) {
    this.#place = place;
    this.#parts = parts;
    this.#observer = new ResizeObserver(() => this.#fit());
    this.#observer.observe(place);
  }

  show(data: PlotData): void {
    const columns = mutable(data);
    if (this.#plot === undefined) {
      this.#plot = new uPlot(this.#options(), columns, this.#place);
      this.#plot.root.setAttribute('aria-hidden', 'true');
    } else this.#plot.setData(columns);
  }

  /** Takes the colours of the theme as it is now. */
  recolour(): void {
    this.#colours = readColours();
    this.#plot?.redraw(true, true);
  }

  /** Puts the cursor at a value of x; undefined takes it away. */
  point(x: number | undefined): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const left = x === undefined ? -10 : plot.valToPos(x, 'x');
    plot.setCursor({ left, top: x === undefined ? -10 : plot.height / 2 }, false);
  }

  #fit(): void {
    const { clientWidth: width, clientHeight: height } = this.#place;
    if (width > 0 && height > 0) this.#plot?.setSize({ width, height });
  }

  #options(): uPlot.Options {
    const { curves, limits, hovered } = this.#parts;
    const { clientWidth, clientHeight } = this.#place;
    const line = () => this.#colours.line;
    const axis = (size: number): uPlot.Axis => ({
      stroke: () => this.#colours.text,
      font: '11px system-ui, sans-serif',
      grid: { stroke: line, width: 1 },
      ticks: { stroke: line, width: 1, size: 4 },
      size,
    });
    return {
      width: Math.max(1, clientWidth),
      height: Math.max(1, clientHeight),
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 9 } },
      scales: {
        x: {
          time: false,
          range: (_, least, most) => (least === most ? [least - 1, most + 1] : [least, most]),
        },
        y: { range: (_, __, most) => (limits === undefined ? [0, top(most)] : [...limits]) },
      },
      axes: [{ ...axis(28), incrs: wholeSteps }, axis(52)],
      series: [{}, ...Array.from({ length: curves }, (_, i) => this.#series(i))],
      hooks: {
        drawSeries: [(plot, curve) => this.#drawMarks(plot, curve)],
        setCursor: [
          ({ cursor }) => {
            // `event` is there when the mouse moved it, not when we did.
            if (cursor.event !== undefined) hovered(cursor.idx ?? undefined);
          },
        ],
      },
    };
  }

  #series(curve: number): uPlot.Series {
    return {
      stroke: () => this.#colours.curves[curve] ?? this.#colours.text,
      width: 2,
      dash: [...(dashes[curve] ?? [])],
      points: { show: false },
      spanGaps: true,
    };
  }

  #drawMarks(plot: uPlot, curve: number): void {
    const mark = marks[curve - 1];
    const values = plot.data[curve];
    if (curve === 0 || mark === undefined || values === undefined) return;
    const path = new Path2D();
    let last = Number.NEGATIVE_INFINITY;
    plot.data[0].forEach((at, i) => {
      const value = values[i];
      if (typeof value !== 'number') return;
      const x = plot.valToPos(at, 'x', true);
      if (x - last < markDistance * uPlot.pxRatio) return;
      last = x;
      mark(path, x, plot.valToPos(value, 'y', true), markSize * uPlot.pxRatio);
    });
    plot.ctx.save();
    plot.ctx.fillStyle = this.#colours.curves[curve - 1] ?? this.#colours.text;
    plot.ctx.fill(path);
    plot.ctx.restore();
  }
}

/** A little above the highest value. */
function top(most: number): number {
  return Number.isFinite(most) && most > 0 ? most * 1.05 : 1;
}

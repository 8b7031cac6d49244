/** Line charts as SVG text: sized by their box, coloured by the page's variables. */
import { escapeMarkup } from './text.ts';

export interface Series {
  readonly name: string;
  /** Points (x, y) in the chart's own units, in order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Index of one of the page's series colours, from 0. */
  readonly colour: number;
}

export interface Chart {
  readonly title: string;
  readonly xName: string;
  readonly yName: string;
  readonly xRange: readonly [number, number];
  readonly yRange: readonly [number, number];
  readonly series: readonly Series[];
}

const box = { width: 360, height: 260, left: 58, right: 12, top: 12, bottom: 40 } as const;
/** More points than this cannot be told apart at the chart's size. */
const mostPoints = 600;

function thinned<T>(points: readonly T[]): T[] {
  const stride = Math.max(1, Math.ceil(points.length / mostPoints));
  return points.filter((_, i) => i % stride === 0 || i === points.length - 1);
}

/** The least of 1, 2, 4, 5 or 8 times a power of ten that is not below `value`: an axis that is easy to read. */
export function roundAbove(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 4, 5, 8, 10].find((f) => f * power >= value) ?? 10;
  return factor * power;
}

const number = (value: number): string => Number(value.toPrecision(3)).toString();

/** The chart as an <svg> element with a title for screen readers. */
export function chartSvg(chart: Chart): string {
  const { xRange, yRange, series, title } = chart;
  const [width, height] = [box.width - box.left - box.right, box.height - box.top - box.bottom];
  const x = (value: number): number =>
    box.left + (width * (value - xRange[0])) / Math.max(1e-12, xRange[1] - xRange[0]);
  const y = (value: number): number =>
    box.top + height * (1 - (value - yRange[0]) / Math.max(1e-12, yRange[1] - yRange[0]));
  const steps = [0, 0.25, 0.5, 0.75, 1];
  const grid = steps.map((share) => {
    const value = yRange[0] + share * (yRange[1] - yRange[0]);
    const at = y(value).toFixed(1);
    return `<line class="grid" x1="${box.left}" x2="${box.width - box.right}" y1="${at}" y2="${at}"/><text class="tick" text-anchor="end" x="${box.left - 6}" y="${(y(value) + 4).toFixed(1)}">${number(value)}</text>`;
  });
  const ticks = steps.map((share) => {
    const value = xRange[0] + share * (xRange[1] - xRange[0]);
    return `<text class="tick" text-anchor="middle" x="${x(value).toFixed(1)}" y="${box.height - box.bottom + 16}">${number(value)}</text>`;
  });
  const lines = series.map(({ points, colour }) => {
    const text = thinned(points).map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`);
    return `<polyline class="series series-${colour}" points="${text.join(' ')}"/>`;
  });
  const legend = series.map(
    ({ name, colour }, i) =>
      `<text class="legend series-text-${colour}" text-anchor="end" x="${box.width - box.right - 6}" y="${box.top + 16 + 16 * i}">${escapeMarkup(name)}</text>`,
  );
  return [
    `<svg class="chart" viewBox="0 0 ${box.width} ${box.height}" role="img" aria-label="${escapeMarkup(title)}">`,
    ...grid,
    ...ticks,
    ...lines,
    ...(series.length > 1 ? legend : []),
    `<text class="axis" text-anchor="middle" x="${box.left + width / 2}" y="${box.height - 4}">${escapeMarkup(chart.xName)}</text>`,
    `<text class="axis" text-anchor="middle" transform="translate(11 ${box.top + height / 2}) rotate(-90)">${escapeMarkup(chart.yName)}</text>`,
    '</svg>',
  ].join('');
}

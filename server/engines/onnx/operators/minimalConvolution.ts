/**
 * Convolution and its gradients by minimal filtering, in stock operators (docs/decisions/forms.md):
 * F(4, 5) with tiles of 8 x 8 for the forward pass and the input gradient, F(5, 4) on the same tiles for the
 * filter gradient. One image at a time; kernels of 5, and of 15 as nine pieces of 5.
 */
import type { Emitter } from '../emitter.ts';
import {
  filteringMatrices,
  reversedColumns,
  TILE,
  transposedNumbers,
  twoDimensional,
} from '../minimalFiltering.ts';
import { MICROSOFT } from '../graphBuilder.ts';
import type { ConvolutionSize } from './convolution.ts';
import {
  filterOfPieces,
  gatherPieces,
  marginOf,
  piecesOfFilter,
  scatterPieces,
  withMargin,
} from './pieces.ts';

const STEP = 4;
const TAPS = 5;
const POINTS = TILE * TILE;
const forward = filteringMatrices(STEP, TAPS);
const backward = filteringMatrices(TAPS, STEP);
const INPUT = twoDimensional(forward.input);
const OUTPUT = twoDimensional(transposedNumbers(forward.output));
const FILTER = twoDimensional(forward.filter);
const TURNED_FILTER = twoDimensional(reversedColumns(forward.filter));
const GRADIENT_TILE = twoDimensional(backward.filter);
const GRADIENT_TAPS = twoDimensional(backward.output);

interface Plane {
  readonly height: number;
  readonly width: number;
}

const tilesOf = ({ height, width }: Plane): [down: number, across: number] => [
  Math.ceil(height / STEP),
  Math.ceil(width / STEP),
];

interface InputPlanes {
  /** The tensor's own size, the size of the result that the tiles are for, and where its first tile starts. */
  readonly from: Plane;
  readonly to: Plane;
  readonly before: number;
}

/** x [1, channels, from] → [channels, 64, tiles]: a convolution over single channels, 8 x 8, stride 4. */
function transformInput(
  { graph }: Emitter,
  x: string,
  channels: number,
  planes: InputPlanes,
): string {
  const { from, to, before } = planes;
  const [down, across] = tilesOf(to);
  const weights = graph.floats(INPUT, [POINTS, 1, TILE, TILE]);
  const single = graph.reshape(x, [channels, 1, from.height, from.width]);
  const after = (tiles: number, size: number): number => tiles * STEP + STEP - before - size;
  const tiles = graph.op('Conv', [single, weights], {
    pads: [before, before, after(down, from.height), after(across, from.width)],
    strides: [STEP, STEP],
    kernel_shape: [TILE, TILE],
  });
  return graph.reshape(tiles, [channels, POINTS, down * across]);
}

/** [64, channels, tiles] → [1, channels, H, W]. */
function transformOutput(
  { graph }: Emitter,
  products: string,
  channels: number,
  plane: Plane,
): string {
  const [down, across] = tilesOf(plane);
  const byChannel = graph.op('Transpose', [products], { perm: [1, 0, 2] });
  const tiles = graph.reshape(byChannel, [channels, POINTS, down, across]);
  const image = graph.op('ConvTranspose', [tiles, graph.floats(OUTPUT, [POINTS, 1, STEP, STEP])], {
    strides: [STEP, STEP],
    kernel_shape: [STEP, STEP],
    pads: [0, 0, down * STEP - plane.height, across * STEP - plane.width],
  });
  return graph.reshape(image, [1, channels, plane.height, plane.width]);
}

/** Filters [out, in, 5, 5] → [64, out, in]. */
function transformFilter(
  { graph }: Emitter,
  filter: string,
  out: number,
  inputs: number,
  turned: boolean,
): string {
  const matrix = graph.floats(turned ? TURNED_FILTER : FILTER, [POINTS, TAPS * TAPS]);
  const flat = graph.reshape(filter, [-1, TAPS * TAPS]);
  return graph.reshape(graph.op('Gemm', [matrix, flat], { transB: 1 }), [POINTS, out, inputs]);
}

/** The transformed input, shared by whoever asks for the same tensor. */
function sharedInput(emitter: Emitter, x: string, channels: number, size: ConvolutionSize): string {
  const known = emitter.transformed.get(x);
  if (known !== undefined) return known;
  const name = transformInput(emitter, x, channels, forwardPlanes(size));
  emitter.transformed.set(x, name);
  return name;
}

/** Pieces of a large kernel come with a margin of their own; else the first tile starts two pixels outside. */
function forwardPlanes(size: ConvolutionSize): InputPlanes {
  const margin = marginOf(size);
  return { from: withMargin(size), to: size, before: 2 - margin };
}

export function minimalConvolution(
  emitter: Emitter,
  x: string,
  filter: string,
  size: ConvolutionSize,
): string {
  const { graph } = emitter;
  const wide = piecesOfFilter(emitter, filter, size);
  const inputs = gatherPieces(emitter, x, size);
  const u = sharedInput(emitter, inputs.name, inputs.channels, size);
  const k = transformFilter(emitter, wide, size.output, inputs.channels, false);
  const products = graph.op('FusedMatMul', [k, u], { transBatchB: 1 }, MICROSOFT); // [64, out, tiles]
  return transformOutput(emitter, products, size.output, size);
}

export function minimalInputGradient(
  emitter: Emitter,
  dy: string,
  filter: string,
  size: ConvolutionSize,
): string {
  const { graph } = emitter;
  const wide = piecesOfFilter(emitter, filter, size);
  const channels = size.input * (size.kernel / TAPS) ** 2;
  const planes = { from: size, to: withMargin(size), before: 2 + marginOf(size) };
  const v = transformInput(emitter, dy, size.output, planes);
  const k = transformFilter(emitter, wide, size.output, channels, true);
  const products = graph.op('FusedMatMul', [k, v], { transA: 1, transBatchB: 1 }, MICROSOFT); // [64, in, tiles]
  const image = transformOutput(emitter, products, channels, planes.to);
  return scatterPieces(emitter, image, size);
}

export function minimalFilterGradient(
  emitter: Emitter,
  x: string,
  dy: string,
  size: ConvolutionSize,
): string {
  const { graph } = emitter;
  const [down, across] = tilesOf(size);
  const inputs = gatherPieces(emitter, x, size);
  const u = sharedInput(emitter, inputs.name, inputs.channels, size);
  const single = graph.reshape(dy, [size.output, 1, size.height, size.width]);
  const tiles = graph.op('Conv', [single, graph.floats(GRADIENT_TILE, [POINTS, 1, STEP, STEP])], {
    pads: [0, 0, down * STEP - size.height, across * STEP - size.width],
    strides: [STEP, STEP],
    kernel_shape: [STEP, STEP],
  });
  const v = graph.reshape(tiles, [size.output, POINTS, down * across]);
  const products = graph.op(
    'FusedMatMul',
    [v, u],
    { transBatchA: 1, transBatchB: 1, transB: 1 },
    MICROSOFT,
  ); // [64, out, in]
  const taps = graph.op('MatMul', [
    graph.floats(GRADIENT_TAPS, [TAPS * TAPS, POINTS]),
    graph.reshape(products, [POINTS, size.output * inputs.channels]),
  ]);
  const stacked = graph.op(
    'Transpose',
    [graph.reshape(taps, [TAPS * TAPS, size.output, inputs.channels])],
    { perm: [1, 2, 0] },
  );
  return filterOfPieces(
    emitter,
    graph.reshape(stacked, [size.output, inputs.channels, TAPS, TAPS]),
    size,
  );
}

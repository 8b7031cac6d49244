/**
 * A 15 x 15 convolution as a 5 x 5 one: the kernel cut into 3 x 3 pieces of 5 x 5, each a further input
 * channel that reads the image shifted by the piece's place. A 5 x 5 kernel is one piece and stays as it is.
 */
import type { Emitter } from '../emitter.ts';
import type { ConvolutionSize } from './convolution.ts';

const TAPS = 5;

const sideOf = (size: ConvolutionSize): number => size.kernel / TAPS;

/** How far piece `index` looks from the centre, in pixels. */
function shifts(side: number): number[] {
  return Array.from({ length: side }, (_, i) => (i - (side - 1) / 2) * TAPS);
}

/** Pixels that a piece's image needs around it, because the next piece's place is inside the picture. */
export function marginOf(size: ConvolutionSize): number {
  return sideOf(size) === 1 ? 0 : (TAPS - 1) / 2;
}

export function withMargin(size: ConvolutionSize): { height: number; width: number } {
  const margin = marginOf(size);
  return { height: size.height + 2 * margin, width: size.width + 2 * margin };
}

/** The image shifted for every piece, with its margin, as further channels: [1, pieces · in, H + 4, W + 4]. */
export function gatherPieces(
  emitter: Emitter,
  x: string,
  size: ConvolutionSize,
): { name: string; channels: number } {
  const side = sideOf(size);
  if (side === 1) return { name: x, channels: size.input };
  const key = `pieces:${x}`;
  const channels = size.input * side * side;
  const known = emitter.transformed.get(key);
  if (known !== undefined) return { name: known, channels };
  const { graph } = emitter;
  const reach = shifts(side).at(-1) ?? 0;
  const edge = reach + marginOf(size);
  const { height, width } = withMargin(size);
  const padded = graph.op('Pad', [x, graph.integers(0, 0, edge, edge, 0, 0, edge, edge)]);
  const window = (dy: number, dx: number): string =>
    graph.op('Slice', [
      padded,
      graph.integers(reach + dy, reach + dx),
      graph.integers(reach + dy + height, reach + dx + width),
      graph.integers(2, 3),
    ]);
  const all = shifts(side).flatMap((dy) => shifts(side).map((dx) => window(dy, dx)));
  const name = graph.op('Concat', all, { axis: 1 });
  emitter.transformed.set(key, name);
  return { name, channels };
}

/** The other way, for the input gradient: each piece's image shifted back, and all added up. */
export function scatterPieces(emitter: Emitter, image: string, size: ConvolutionSize): string {
  const side = sideOf(size);
  if (side === 1) return image;
  const { graph } = emitter;
  const sizes = Array.from({ length: side * side }, () => size.input);
  const parts = graph.ops('Split', [image, graph.integers(...sizes)], sizes.length, { axis: 1 });
  const reach = shifts(side).at(-1) ?? 0;
  const places = shifts(side).flatMap((dy) => shifts(side).map((dx) => [dy, dx] as const));
  const moved = places.map(([dy, dx], i) => {
    const pads = [0, 0, reach + dy, reach + dx, 0, 0, reach - dy, reach - dx];
    return graph.op('Pad', [parts[i] ?? '', graph.integers(...pads)]);
  });
  const sum = moved.reduce((a, b) => graph.op('Add', [a, b]));
  const edge = reach + marginOf(size);
  return graph.op('Slice', [
    sum,
    graph.integers(edge, edge),
    graph.integers(edge + size.height, edge + size.width),
    graph.integers(2, 3),
  ]);
}

/** Filter [out, in, 15, 15] → [out, pieces · in, 5, 5]. */
export function piecesOfFilter({ graph }: Emitter, filter: string, size: ConvolutionSize): string {
  const side = sideOf(size);
  if (side === 1) return filter;
  const { output, input } = size;
  const cut = graph.reshape(filter, [output, input, side, TAPS, side, TAPS]);
  const moved = graph.op('Transpose', [cut], { perm: [0, 2, 4, 1, 3, 5] });
  return graph.reshape(moved, [output, side * side * input, TAPS, TAPS]);
}

/** The gradient of the pieces [out, pieces · in, 5, 5] back to [out, in, 15, 15]. */
export function filterOfPieces({ graph }: Emitter, pieces: string, size: ConvolutionSize): string {
  const side = sideOf(size);
  if (side === 1) return pieces;
  const { output, input, kernel } = size;
  const cut = graph.reshape(pieces, [output, side, side, input, TAPS, TAPS]);
  const moved = graph.op('Transpose', [cut], { perm: [0, 3, 1, 4, 2, 5] });
  return graph.reshape(moved, [output, input, kernel, kernel]);
}

/** Convolution and its gradients with ONNX Runtime's own Conv: every multiplication of the definition. */
import type { Emitter } from '../emitter.ts';
import type { ConvolutionSize } from './convolution.ts';

const same = (kernel: number): number[] => Array.from({ length: 4 }, () => (kernel - 1) / 2);

/** x [N, in, H, W], filter [out, in, k, k] → [N, out, H, W]. */
export function directConvolution(
  { graph }: Emitter,
  x: string,
  filter: string,
  { kernel }: ConvolutionSize,
): string {
  return graph.op('Conv', [x, filter], { pads: same(kernel), kernel_shape: [kernel, kernel] });
}

/** A convolution of dy with the filter turned by 180 degrees: two and a half times faster than ConvTranspose. */
export function directInputGradient(
  { graph }: Emitter,
  dy: string,
  filter: string,
  { kernel }: ConvolutionSize,
): string {
  let turned = graph.op('Transpose', [filter], { perm: [1, 0, 2, 3] });
  if (kernel > 1) {
    const backwards = graph.integers(-1, -1);
    turned = graph.op('Slice', [
      turned,
      backwards,
      graph.integers(-kernel - 1, -kernel - 1),
      graph.integers(2, 3),
      backwards,
    ]);
  }
  return graph.op('Conv', [dy, turned], { pads: same(kernel), kernel_shape: [kernel, kernel] });
}

/**
 * dL/dfilter [out, in, k, k]: for each tap a matrix product of dy and x shifted by the tap. As one Conv with
 * transposed operands it is several times slower. One image at a time.
 */
export function directFilterGradient(
  { graph }: Emitter,
  x: string,
  dy: string,
  { input, output, kernel, height, width }: ConvolutionSize,
): string {
  const pixels = height * width;
  const flatDy = graph.reshape(dy, [output, pixels]);
  const product = (values: string): string =>
    graph.op('Gemm', [flatDy, graph.reshape(values, [input, pixels])], { transB: 1 });
  if (kernel === 1) return graph.reshape(product(x), [output, input, 1, 1]);
  const pad = (kernel - 1) / 2;
  const padded = graph.op('Pad', [x, graph.integers(0, 0, pad, pad, 0, 0, pad, pad)]);
  const taps: string[] = [];
  for (let i = 0; i < kernel; i += 1) {
    for (let j = 0; j < kernel; j += 1) {
      const shifted = graph.op('Slice', [
        padded,
        graph.integers(i, j),
        graph.integers(i + height, j + width),
        graph.integers(2, 3),
      ]);
      taps.push(graph.reshape(product(shifted), [1, output, input]));
    }
  }
  const stacked = graph.op('Transpose', [graph.op('Concat', taps, { axis: 0 })], {
    perm: [1, 2, 0],
  });
  return graph.reshape(stacked, [output, input, kernel, kernel]);
}

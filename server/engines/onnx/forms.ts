/**
 * The network's convolutions with the sizes they work on, and which of them suit minimal filtering;
 * chooseForms.ts decides within a budget (docs/decisions/forms.md).
 *
 * `direct` is ONNX Runtime's own convolution; `minimal` is minimal filtering, which needs 0.16 of the
 * multiplications and four times the layer's input as memory while it runs.
 */
import type { NetworkSpec } from '../../../protocol/run.ts';
import type { LayerForms } from '../engine.ts';
import { networkLayout } from '../../method/network.ts';

/** Below this many channels in or out the transforms cost more than they save. */
const LEAST_CHANNELS = 32;

export interface ConvolutionLayer {
  /** The name of its weight tensor. */
  readonly name: string;
  readonly kernel: number;
  readonly input: number;
  readonly output: number;
  readonly height: number;
  readonly width: number;
}

/** All convolutions of the network with the sizes they work on, in order of computation. */
export function convolutionLayers(spec: NetworkSpec): ConvolutionLayer[] {
  const layout = networkLayout(spec);
  let [height, width] = [spec.imageHeight, spec.imageWidth];
  const layers: ConvolutionLayer[] = [];
  const add = (name: string, kernel: number, input: number, output: number): void => {
    layers.push({ name: `${name}.0.weight`, kernel, input, output, height, width });
  };
  const addBlocks = (blocks: typeof layout.segmentation): void => {
    for (const block of blocks) {
      if (block.pooled) [height, width] = [Math.floor(height / 2), Math.floor(width / 2)];
      add(block.name, block.kernel, block.input, block.output);
    }
  };
  addBlocks(layout.segmentation);
  add('seg_mask', 1, layout.features, 1);
  addBlocks(layout.classification);
  return layers;
}

/** Bytes of a layer's transformed input: 64 values for every 16 pixels. */
export function transformedBytes(layer: ConvolutionLayer): number {
  return (
    4 *
    64 *
    layer.input *
    pieces(layer.kernel) *
    Math.ceil(layer.height / 4) *
    Math.ceil(layer.width / 4)
  );
}

/** A 15 x 15 kernel is nine 5 x 5 ones on shifted inputs. */
export function pieces(kernel: number): number {
  return (kernel / 5) ** 2;
}

/** True where minimal filtering can be used at all and pays. */
export function suitsMinimalFiltering(
  layer: Pick<ConvolutionLayer, 'kernel' | 'input' | 'output'>,
): boolean {
  return layer.kernel % 5 === 0 && layer.input >= LEAST_CHANNELS && layer.output >= LEAST_CHANNELS;
}

/** Every form direct. */
export function directForms(spec: NetworkSpec): LayerForms[] {
  return convolutionLayers(spec).map(({ name }) => ({
    layer: name,
    forward: 'direct',
    inputGradient: 'direct',
    filterGradient: 'direct',
  }));
}

/** Every form minimal filtering, for layers that suit it. */
export function minimalForms(spec: NetworkSpec): LayerForms[] {
  return convolutionLayers(spec).map((layer) => {
    const form = suitsMinimalFiltering(layer) ? 'minimal' : 'direct';
    return { layer: layer.name, forward: form, inputGradient: form, filterGradient: form };
  });
}

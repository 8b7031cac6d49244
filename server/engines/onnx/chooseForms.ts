/**
 * The choice of forms from layer sizes and a stated memory budget, and the estimate that it rests on.
 *
 * Minimal filtering in the forward pass is the fastest and keeps four times the layer's input until the
 * backward pass. So every layer that suits it takes it, and while the estimate exceeds the budget the layer
 * with the largest transformed input gives its forward pass up: the least time lost for the most memory.
 */
import type { NetworkSpec } from '../../../protocol/run.ts';
import type { LayerForms } from '../engine.ts';
import { tensorShapes } from '../../method/network.ts';
import {
  convolutionLayers,
  minimalForms,
  transformedBytes,
  type ConvolutionLayer,
} from './forms.ts';

/**
 * Factors of the estimate, fitted to peak memory measured at six sizes and both variants
 * (docs/decisions/forms.md); it was within a quarter of what was measured.
 */
const PROGRAM = 0.2 * 2 ** 30;
const TIMES_WEIGHTS = 10;
const TIMES_ACTIVATIONS = 4.1;
const TIMES_TRANSFORMED = 3;
/** Inference keeps nothing: the largest layer counts, and the weights in the runtime's own layout. */
const INFERENCE_TIMES_WEIGHTS = 4;

/** Forms for training within a budget in bytes; if none fit, the leanest. */
export function chooseForms(spec: NetworkSpec, memoryBytes: number): LayerForms[] {
  const layers = new Map(convolutionLayers(spec).map((layer) => [layer.name, layer]));
  const size = ({ layer }: LayerForms): number => transformed(layers.get(layer));
  const forms = minimalForms(spec);
  while (trainingBytes(spec, forms) > memoryBytes) {
    const largest = forms
      .filter(({ forward }) => forward === 'minimal')
      .reduce<LayerForms | undefined>((a, b) => (a && size(a) >= size(b) ? a : b), undefined);
    if (largest === undefined) return forms;
    forms[forms.indexOf(largest)] = { ...largest, forward: 'direct' };
  }
  return forms;
}

/** Forms of the inference graph, where a layer's memory is free again after it. */
export function chooseInferenceForms(spec: NetworkSpec, memoryBytes: number): LayerForms[] {
  const layers = new Map(convolutionLayers(spec).map((layer) => [layer.name, layer]));
  return minimalForms(spec).map((form): LayerForms => {
    const fits = inferenceBytes(spec, transformed(layers.get(form.layer))) <= memoryBytes;
    return fits ? form : { ...form, forward: 'direct' };
  });
}

/** Bytes that a training step with these forms will need, the program itself included. */
export function trainingBytes(spec: NetworkSpec, forms: readonly LayerForms[]): number {
  const minimal = new Set(forms.filter((f) => f.forward === 'minimal').map((f) => f.layer));
  const layers = convolutionLayers(spec);
  const kept = sum(layers.filter(({ name }) => minimal.has(name)).map(transformed));
  return (
    PROGRAM +
    TIMES_WEIGHTS * weightBytes(spec) +
    TIMES_ACTIVATIONS * sum(layers.map(outputBytes)) +
    TIMES_TRANSFORMED * kept
  );
}

/** Bytes that inference will need when its largest transformed input has so many. */
export function inferenceBytes(spec: NetworkSpec, largestTransformed: number): number {
  const largest = Math.max(...convolutionLayers(spec).map(outputBytes));
  return (
    PROGRAM +
    INFERENCE_TIMES_WEIGHTS * weightBytes(spec) +
    TIMES_ACTIVATIONS * largest +
    TIMES_TRANSFORMED * largestTransformed
  );
}

/** Bytes that a training step of a network needs in the forms that this budget gives. */
export function estimateMemory(spec: NetworkSpec, memoryBytes: number): number {
  return trainingBytes(spec, chooseForms(spec, memoryBytes));
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function transformed(layer: ConvolutionLayer | undefined): number {
  return layer === undefined ? 0 : transformedBytes(layer);
}

function outputBytes({ output, height, width }: ConvolutionLayer): number {
  return 4 * output * height * width;
}

function weightBytes(spec: NetworkSpec): number {
  return sum([...tensorShapes(spec).values()].map((shape) => 4 * shape.reduce((a, b) => a * b, 1)));
}

/** The choice of forms, and the estimate of memory that it rests on. */
import type { NetworkSpec } from '../../../protocol/run.ts';
import type { LayerForms } from '../engine.ts';
import { minimalForms } from './forms.ts';

/** Forms for training within a budget in bytes. */
export function chooseForms(spec: NetworkSpec, memoryBytes: number): LayerForms[] {
  void memoryBytes;
  return minimalForms(spec);
}

/** Forms of the inference graph. */
export function chooseInferenceForms(
  spec: NetworkSpec,
  trainingForms: readonly LayerForms[],
): readonly LayerForms[] {
  void spec;
  return trainingForms;
}

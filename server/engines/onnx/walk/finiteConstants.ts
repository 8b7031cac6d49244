/** The numbers inside of a model file: a weight that is none may hide behind an operator that drops it. */
import type { GraphProto } from '../schema/onnx_pb.ts';
import { ModelRefusal, quoted } from './refusal.ts';

const FLOAT = 1;

/** Throws {@link ModelRefusal} for the first constant of floats that holds NaN or an infinity. */
export function refuseOddConstants({ initializer }: Pick<GraphProto, 'initializer'>): void {
  for (const { name, dataType, rawData } of initializer) {
    if (dataType !== FLOAT) continue;
    // A copy, which begins at a multiple of four bytes as Float32Array wants it.
    const values = new Float32Array(new Uint8Array(rawData).buffer);
    const odd = values.find((value) => !Number.isFinite(value));
    if (odd === undefined) continue;
    throw new ModelRefusal(`its tensor ${quoted(name)} holds ${odd}`);
  }
}

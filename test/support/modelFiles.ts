/** Exported models made anew with other parts, and one that is only slow. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { exportOnnx } from '../../server/engines/onnx/exportModel.ts';
import {
  AttributeProtoSchema,
  AttributeType,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../../server/engines/onnx/schema/onnx_pb.ts';
import { initialWeights } from '../../server/method/initialWeights.ts';

const float = 1;
const int64 = 7;

/** A small model; its sides in pixels. */
export function smallModel(imageWidth: number, imageHeight: number): Uint8Array {
  const spec = { variant: 'paper', width: 0.05, channels: 1, imageWidth, imageHeight } as const;
  return exportOnnx(spec, initialWeights(spec, 3), { 'segdec.threshold': '0.25' });
}

export function graphOf({ graph }: ModelProto): GraphProto {
  if (graph === undefined) throw new Error('The model has no graph.');
  return graph;
}

/** The model with one change. */
export function changed(model: Uint8Array, change: (model: ModelProto) => void): Uint8Array {
  const parsed = fromBinary(ModelProtoSchema, model);
  change(parsed);
  return toBinary(ModelProtoSchema, parsed);
}

export function attribute(name: string, value: number | readonly number[]): AttributeProto {
  return typeof value === 'number'
    ? create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) })
    : create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

export function node(
  opType: string,
  input: string[],
  output: string,
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): NodeProto {
  const list = Object.entries(attributes).map(([name, value]) => attribute(name, value));
  return create(NodeProtoSchema, { opType, input, output: [output], attribute: list });
}

export function floats(name: string, dims: readonly number[], value = 0.01): TensorProto {
  const data = new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(value);
  const rawData = new Uint8Array(data.buffer);
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: float, rawData });
}

export function integers(name: string, values: readonly number[]): TensorProto {
  const rawData = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
  const dims = [BigInt(values.length)];
  return create(TensorProtoSchema, { name, dims, dataType: int64, rawData });
}

export const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Puts nodes and tensors before the model's own; what they make is called `x`, and nobody needs it. */
export const before =
  (nodes: readonly NodeProto[], tensors: readonly TensorProto[] = []) =>
  (model: ModelProto): void => {
    const graph = graphOf(model);
    graph.node.unshift(...nodes);
    graph.initializer.push(...tensors);
  };

/** Changes the model's first tensor. */
export const inTensor =
  (change: (tensor: TensorProto) => void) =>
  (model: ModelProto): void => {
    const [tensor] = graphOf(model).initializer;
    if (tensor === undefined) throw new Error('The model has no weights.');
    change(tensor);
  };

/** Changes the first node of this operator. */
export const ofFirst =
  (opType: string, change: (node: NodeProto) => void) =>
  (model: ModelProto): void => {
    const found = graphOf(model).node.find((one) => one.opType === opType);
    if (found === undefined) throw new Error(`The model has no ${opType}.`);
    change(found);
  };

export const setAttribute = (opType: string, name: string, value: number | readonly number[]) =>
  ofFirst(opType, (found) => {
    found.attribute = found.attribute.filter((one) => one.name !== name);
    found.attribute.push(attribute(name, value));
  });

/** A model that passes the walk when it may take long, and computes for many minutes an image. */
export function slowModel(): Uint8Array {
  const layers = 300;
  return changed(smallModel(256, 256), (model) => {
    const graph = graphOf(model);
    const [first] = graph.node;
    if (first === undefined) throw new Error('The model has no nodes.');
    first.input = first.input.map((name) => (name === 'image' ? 'slow' : name));
    graph.node.unshift(
      node('Conv', ['image', 'lift'], 's0'),
      ...many(layers, (i) =>
        node('Conv', [`s${i}`, 'filter'], `s${i + 1}`, { pads: [7, 7, 7, 7] }),
      ),
      node('Conv', [`s${layers}`, 'lower'], 'slow'),
    );
    graph.initializer.push(
      floats('lift', [64, 1, 1, 1]),
      floats('filter', [64, 64, 15, 15], 1e-5),
      floats('lower', [1, 64, 1, 1]),
    );
  });
}

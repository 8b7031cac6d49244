/** Builds an ONNX graph node by node: names, constants shared by content, attributes typed by value. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeType,
  DimensionProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  TensorShapeProtoSchema,
  TensorTypeProtoSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './schema/onnx_pb.ts';

/** The operator set that we write, and the file version that goes with it. */
const OPSET = 17n;
const IR_VERSION = 8n;
const ELEMENT_FLOAT = 1;
const ELEMENT_INT64 = 7;
export const MICROSOFT = 'com.microsoft';

/** A whole number is an INT, a list of numbers INTS; a float is said to be one. */
export type AttributeValue = number | readonly number[] | { readonly float: number };
/** A dimension: a size, or a name for one that is free (the batch). */
export type Dimension = number | string;

export class GraphBuilder {
  private readonly nodes: NodeProto[] = [];
  private readonly initializers: TensorProto[] = [];
  private readonly constants = new Map<string, string>();
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];
  private domains = new Set<string>();

  /** Adds a node with one output and returns the output's name. */
  op(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = '',
  ): string {
    const [name] = this.ops(type, inputs, 1, attributes, domain);
    return name as string;
  }

  /** Adds a node with several outputs. */
  ops(
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = '',
  ): string[] {
    const name = `${type}_${this.nodes.length}`;
    const output = Array.from({ length: outputs }, (_, i) => (i === 0 ? name : `${name}_${i}`));
    this.domains.add(domain);
    this.nodes.push(
      create(NodeProtoSchema, {
        name,
        opType: type,
        domain,
        input: [...inputs],
        output,
        attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
      }),
    );
    return output;
  }

  /** A float constant of the given shape; equal ones are shared. */
  floats(data: Float32Array, shape: readonly number[]): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return this.constant(bytes, shape, ELEMENT_FLOAT);
  }

  scalar(value: number): string {
    return this.floats(new Float32Array([value]), []);
  }

  /** A list of 64-bit integers, as shapes, axes and pads are given. */
  integers(...values: readonly number[]): string {
    const data = BigInt64Array.from(values.map(BigInt));
    return this.constant(new Uint8Array(data.buffer), [values.length], ELEMENT_INT64);
  }

  reshape(x: string, shape: readonly number[]): string {
    return this.op('Reshape', [x, this.integers(...shape)]);
  }

  /** A weight that is part of the file, under its own name. */
  initializer(name: string, data: Float32Array, shape: readonly number[]): void {
    this.initializers.push(tensor(name, bytesOf(data), shape, ELEMENT_FLOAT));
  }

  input(name: string, shape: readonly Dimension[]): void {
    this.inputs.push(valueInfo(name, shape));
  }

  /** Makes the value `from` an output called `name`. */
  output(name: string, from: string, shape: readonly Dimension[]): void {
    this.nodes.push(
      create(NodeProtoSchema, {
        name: `out_${name}`,
        opType: 'Identity',
        input: [from],
        output: [name],
      }),
    );
    this.outputs.push(valueInfo(name, shape));
  }

  /** The file. Metadata become the model's metadata_props. */
  toBytes(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    const domains = ['', ...[...this.domains].filter((d) => d !== '')];
    return toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: IR_VERSION,
        producerName: 'segdec',
        opsetImport: domains.map((domain) =>
          create(OperatorSetIdProtoSchema, { domain, version: domain === '' ? OPSET : 1n }),
        ),
        metadataProps: Object.entries(metadata).map(([key, value]) =>
          create(StringStringEntryProtoSchema, { key, value }),
        ),
        graph: create(GraphProtoSchema, {
          name: 'segdec',
          node: this.nodes,
          initializer: this.initializers,
          input: this.inputs,
          output: this.outputs,
        }),
      }),
    );
  }

  private constant(bytes: Uint8Array, shape: readonly number[], type: number): string {
    const key = `${type}:${shape.join(',')}:${Buffer.from(bytes).toString('latin1')}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = `constant_${this.constants.size}`;
    this.constants.set(key, name);
    this.initializers.push(tensor(name, bytes, shape, type));
    return name;
  }
}

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function tensor(
  name: string,
  rawData: Uint8Array,
  shape: readonly number[],
  dataType: number,
): TensorProto {
  return create(TensorProtoSchema, { name, rawData, dataType, dims: shape.map(BigInt) });
}

function attribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  }
  if ('float' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  }
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

function valueInfo(name: string, shape: readonly Dimension[]): ValueInfoProto {
  const dim = shape.map((d) =>
    create(DimensionProtoSchema, {
      value:
        typeof d === 'string'
          ? { case: 'dimParam', value: d }
          : { case: 'dimValue', value: BigInt(d) },
    }),
  );
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, {
      tensorType: create(TensorTypeProtoSchema, {
        elemType: ELEMENT_FLOAT,
        shape: create(TensorShapeProtoSchema, { dim }),
      }),
    }),
  });
}

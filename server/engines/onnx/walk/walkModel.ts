/**
 * The walk through an ONNX file before the runtime sees it (a model is a program): standard operators of an
 * exported model only, no external data, no subgraphs, nothing that the file does not itself contain, and no
 * value larger than an image of the stated size can need.
 */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { NetworkSpec } from '../../../../protocol/run.ts';
import { UserError, errorText } from '../../../../protocol/errors.ts';
import {
  ModelProtoSchema,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../schema/onnx_pb.ts';
import { refuseOddConstants } from './finiteConstants.ts';
import { ModelRefusal, SHAPE_RULES, type Known, type Shape } from './shapes.ts';

const MOST_BYTES = 2 ** 30;
const MOST_NODES = 2000;
/** 1 GiB of float32: 64 channels at 2048 x 2048. */
const MOST_VALUES = 2 ** 28;
const LARGEST_SIDE = 16384;
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTES = ['pads', 'kernel_shape', 'strides', 'dilations', 'group', 'axes', 'axis'];
const KNOWN_ATTRIBUTES = new Set([...ATTRIBUTES, 'keepdims']);

export interface WalkedModel {
  readonly network: Pick<NetworkSpec, 'channels' | 'imageWidth' | 'imageHeight'>;
  readonly metadata: Readonly<Record<string, string>>;
  /** The file written anew from what was checked: fields that the walk does not know do not reach the runtime. */
  readonly bytes: Uint8Array;
}

/**
 * Checks a model file and reads what it says about itself.
 * @throws UserError with the first thing that an exported SegDec model does not have
 */
export function walkModel(bytes: Uint8Array): WalkedModel {
  try {
    const model = parse(bytes);
    const graph = checkModel(model);
    const network = checkImage(graph);
    checkNodes(graph, network);
    refuseOddConstants(graph);
    const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
    return {
      network,
      metadata,
      bytes: toBinary(ModelProtoSchema, model, { writeUnknownFields: false }),
    };
  } catch (error) {
    if (!(error instanceof ModelRefusal)) throw error;
    throw new UserError(
      `The model is refused: ${error.message}. Only models exported by segdec are run; export it again from its run.`,
      { cause: error },
    );
  }
}

function parse(bytes: Uint8Array): ModelProto {
  if (bytes.length > MOST_BYTES) throw new ModelRefusal('it is larger than 1 GiB');
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw new ModelRefusal(`it is not an ONNX file (${errorText(error)})`);
  }
}

function checkModel(model: ModelProto): GraphProto {
  for (const { domain, version } of model.opsetImport) {
    if (domain !== '') throw new ModelRefusal(`it uses operators of ${quoted(domain)}`);
    if (version < 13n || version > 17n)
      throw new ModelRefusal(`it uses operator set ${version}, not 13 to 17`);
  }
  if (model.functions.length > 0) throw new ModelRefusal('it defines functions');
  if (model.trainingInfo.length > 0) throw new ModelRefusal('it has training information');
  const { graph } = model;
  if (graph === undefined) throw new ModelRefusal('it has no graph');
  if (graph.sparseInitializer.length > 0) throw new ModelRefusal('it has sparse tensors');
  if (graph.node.length > MOST_NODES) throw new ModelRefusal(`it has ${graph.node.length} nodes`);
  return graph;
}

/** Names come from the file: short, and nothing but printable characters. */
function quoted(name: string): string {
  return `"${name.slice(0, 60).replace(/[^ -~]/g, '?')}"`;
}

function dimensionsOf(value: ValueInfoProto): (number | 'free')[] {
  const type = value.type?.tensorType;
  if (type?.elemType !== FLOAT) throw new ModelRefusal(`${quoted(value.name)} is not of floats`);
  return (type.shape?.dim ?? []).map(({ value: dim }) =>
    dim.case === 'dimValue' ? Number(dim.value) : 'free',
  );
}

function checkImage(graph: GraphProto): WalkedModel['network'] {
  const [image, ...others] = graph.input;
  if (image?.name !== 'image' || others.length > 0)
    throw new ModelRefusal('its input is not one "image"');
  const [, channels, imageHeight, imageWidth, ...more] = dimensionsOf(image);
  const isSide = (n: unknown): n is number =>
    typeof n === 'number' && n > 0 && n % 8 === 0 && n <= LARGEST_SIDE;
  if (channels !== 1 && channels !== 3) throw new ModelRefusal('its image has not 1 or 3 channels');
  if (!isSide(imageHeight) || !isSide(imageWidth) || more.length > 0)
    throw new ModelRefusal('the sides of its image are not multiples of 8');
  if (graph.output.map((o) => o.name).join() !== 'probability,map')
    throw new ModelRefusal('its outputs are not "probability" and "map"');
  return { channels, imageWidth, imageHeight };
}

function checkNodes(graph: GraphProto, network: WalkedModel['network']): void {
  const constants = new Map(graph.initializer.map((t) => [t.name, checkInitializer(t)]));
  const shapes = new Map<string, Shape>([...constants].map(([name, { shape }]) => [name, shape]));
  shapes.set('image', [1, network.channels, network.imageHeight, network.imageWidth]);
  const known: Known = {
    shapeOf: (name) => {
      const shape = shapes.get(name);
      if (shape === undefined) throw new ModelRefusal(`nothing makes its value ${quoted(name)}`);
      return shape;
    },
    integersOf: (name) => {
      const integers = constants.get(name)?.integers;
      if (integers === undefined) throw new ModelRefusal(`${quoted(name)} is not a list of sizes`);
      return integers;
    },
  };
  for (const node of graph.node) {
    const outputs = checkNode(node, known);
    if (node.output.length !== outputs.length)
      throw new ModelRefusal(`its ${node.opType} has ${node.output.length} outputs`);
    outputs.forEach((shape, i) => shapes.set(node.output[i] ?? '', checkSize(shape, node.opType)));
  }
  expectShape(known, 'probability', [1]);
  expectShape(known, 'map', [1, 1, network.imageHeight / 8, network.imageWidth / 8]);
}

function expectShape(known: Known, name: string, expected: Shape): void {
  const shape = known.shapeOf(name);
  if (shape.join() !== expected.join())
    throw new ModelRefusal(`its ${name} is ${shape.join('x')}, not ${expected.join('x')}`);
}

function checkNode(node: NodeProto, known: Known): Shape[] {
  if (node.domain !== '') throw new ModelRefusal(`it uses operators of ${quoted(node.domain)}`);
  const rule = Object.hasOwn(SHAPE_RULES, node.opType) ? SHAPE_RULES[node.opType] : undefined;
  if (rule === undefined) throw new ModelRefusal(`it holds the operator ${quoted(node.opType)}`);
  for (const a of node.attribute) {
    const plain = !a.t && !a.g && a.tensors.length + a.graphs.length === 0 && a.refAttrName === '';
    if (!plain || !KNOWN_ATTRIBUTES.has(a.name))
      throw new ModelRefusal(`its ${node.opType} has the attribute ${quoted(a.name)}`);
  }
  return rule(node, known);
}

function checkSize(shape: Shape, what: string): Shape {
  const count = shape.reduce((a, b) => a * b, 1);
  const whole = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!whole || count > MOST_VALUES || shape.length > 8)
    throw new ModelRefusal(`its ${what} makes ${shape.slice(0, 8).join('x')} values`);
  return shape;
}

interface Constant {
  readonly shape: Shape;
  /** The content of a list of integers. */
  readonly integers?: readonly number[];
}

function checkInitializer(tensor: TensorProto): Constant {
  const name = quoted(tensor.name);
  if (tensor.externalData.length > 0 || tensor.dataLocation !== 0)
    throw new ModelRefusal(`its tensor ${name} lies in another file`);
  if (tensor.floatData.length + tensor.int32Data.length + tensor.int64Data.length > 0)
    throw new ModelRefusal(`its tensor ${name} is not raw data`);
  const size = tensor.dataType === FLOAT ? 4 : tensor.dataType === INT64 ? 8 : 0;
  if (size === 0) throw new ModelRefusal(`its tensor ${name} is of type ${tensor.dataType}`);
  const shape = checkSize(tensor.dims.map(Number), `tensor ${name}`);
  if (shape.reduce((a, b) => a * b, 1) * size !== tensor.rawData.length)
    throw new ModelRefusal(`its tensor ${name} is not as long as its shape says`);
  if (size === 4) return { shape };
  const view = new DataView(tensor.rawData.buffer, tensor.rawData.byteOffset);
  const count = shape.reduce((a, b) => a * b, 1);
  const at = (_: unknown, i: number): number => Number(view.getBigInt64(8 * i, true));
  return { shape, integers: Array.from({ length: Math.min(count, 64) }, at) };
}

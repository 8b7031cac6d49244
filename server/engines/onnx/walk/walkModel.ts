/**
 * The walk through an ONNX file before the runtime sees it (a model is a program): standard operators of an
 * exported model only, each with its inputs, types and attributes known; no external data, no subgraphs,
 * nothing that the file does not itself contain, and no more memory and work than is allowed. What is passed
 * on is written anew from what was checked.
 */
import { create, fromBinary, toBinary, type Message } from '@bufbuild/protobuf';
import type { NetworkSpec } from '../../../../protocol/run.ts';
import { UserError, errorText } from '../../../../protocol/errors.ts';
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type GraphProto,
  type ModelProto,
  type ValueInfoProto,
} from '../schema/onnx_pb.ts';
import { refuseOddConstants } from './finiteConstants.ts';
import {
  defaultModelLimits,
  gibibytesText,
  largestModelFile,
  limitFlags,
  multiplicationsPerSecond,
} from './limits.ts';
import type { ModelLimits } from './limits.ts';
import { ModelRefusal, quoted, shapeText } from './refusal.ts';
import { elementType, valueOfTensor } from './values.ts';
import type { Shape, Value } from './values.ts';
import { mostBytesAlive, walkNodes } from './walkNodes.ts';

/** SegDec's own models have 205 nodes and 45 tensors. */
const mostNodes = 2000;
const mostTensors = 2000;
/** Inputs of one node; {@link operators} has the number for each. */
const mostInputs = 64;
const mostMetadata = 1000;
/** Characters of all metadata. */
const longestMetadata = 2 ** 20;
const largestSide = 16384;

export interface WalkedModel {
  readonly network: Pick<NetworkSpec, 'channels' | 'imageWidth' | 'imageHeight'>;
  readonly metadata: Readonly<Record<string, string>>;
  /** The file written anew from what was checked, and nothing else of it. */
  readonly bytes: Uint8Array;
}

/**
 * Checks a model file and reads what it says about itself.
 * @throws UserError with the first thing that an exported SegDec model does not have
 */
export function walkModel(
  bytes: Uint8Array,
  limits: ModelLimits = defaultModelLimits,
): WalkedModel {
  try {
    const model = parse(bytes);
    const graph = checkModel(model);
    const metadata = metadataOf(model);
    const network = checkImage(graph);
    checkGraph(graph, network, limits);
    refuseOddConstants(graph);
    return { network, metadata, bytes: toBinary(ModelProtoSchema, onlyChecked(model, graph)) };
  } catch (error) {
    if (!(error instanceof ModelRefusal)) throw error;
    throw new UserError(`The model is refused: ${error.message}. ${error.advice}.`, {
      cause: error,
    });
  }
}

function parse(bytes: Uint8Array): ModelProto {
  if (bytes.length > largestModelFile) throw new ModelRefusal('it is larger than 1 GiB');
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw new ModelRefusal(`it is not an ONNX file (${errorText(error)})`);
  }
}

function checkModel(model: ModelProto): GraphProto {
  const [operatorSet, ...others] = model.opsetImport;
  for (const { domain, version } of model.opsetImport) {
    if (domain !== '') throw new ModelRefusal(`it uses operators of ${quoted(domain)}`);
    if (version < 13n || version > 17n)
      throw new ModelRefusal(`it uses operator set ${version}, not 13 to 17`);
  }
  if (operatorSet === undefined || others.length > 0)
    throw new ModelRefusal(`it names ${model.opsetImport.length} operator sets, not one`);
  if (model.functions.length > 0) throw new ModelRefusal('it defines functions');
  if (model.trainingInfo.length > 0) throw new ModelRefusal('it has training information');
  const { graph } = model;
  if (graph === undefined) throw new ModelRefusal('it has no graph');
  if (graph.sparseInitializer.length > 0) throw new ModelRefusal('it has sparse tensors');
  atMost(graph.node.length, mostNodes, 'nodes');
  atMost(graph.initializer.length, mostTensors, 'tensors');
  for (const { input } of graph.node) atMost(input.length, mostInputs, 'inputs of one node');
  refuseUnknownParts(model, graph);
  return graph;
}

function atMost(count: number, most: number, what: string): void {
  if (count > most) throw new ModelRefusal(`it has ${count} ${what}, more than ${most}`);
}

/** Fields of later versions of the format, and those that are not read here, such as quantization annotations. */
function refuseUnknownParts(model: ModelProto, graph: GraphProto): void {
  const attributes = graph.node.flatMap(({ attribute }) => attribute);
  const parts: readonly (readonly [string, readonly Message[]])[] = [
    ['model', [model]],
    ['graph', [graph]],
    ['nodes', graph.node],
    ['attributes', attributes],
    ['tensors', graph.initializer],
    ['inputs and outputs', [...graph.input, ...graph.output].flatMap(partsOfValueInfo)],
  ];
  for (const [what, messages] of parts) {
    const field = messages.flatMap(({ $unknown = [] }) => $unknown.slice(0, 1))[0];
    if (field !== undefined)
      throw new ModelRefusal(`its ${what} hold the field ${field.no}, which is not known here`);
  }
}

function partsOfValueInfo(info: ValueInfoProto): Message[] {
  const { type } = info;
  const tensor = type?.tensorType;
  const shape = tensor?.shape;
  return [info, type, tensor, shape, ...(shape?.dim ?? [])].filter((part) => part !== undefined);
}

function metadataOf({ metadataProps }: ModelProto): Record<string, string> {
  atMost(metadataProps.length, mostMetadata, 'lines of metadata');
  const length = metadataProps.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  atMost(length, longestMetadata, 'characters of metadata');
  return Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
}

function dimensionsOf(value: ValueInfoProto): (number | 'free')[] {
  const type = value.type?.tensorType;
  if (type === undefined) throw new ModelRefusal(`${quoted(value.name)} is no tensor`);
  if (elementType(type.elemType) !== 'float32')
    throw new ModelRefusal(
      `${quoted(value.name)} is of ${elementType(type.elemType)}, not float32`,
    );
  return (type.shape?.dim ?? []).map(({ value: dim }) =>
    dim.case === 'dimValue' ? Number(dim.value) : 'free',
  );
}

function checkImage(graph: GraphProto): WalkedModel['network'] {
  const [image, ...others] = graph.input;
  if (image?.name !== 'image' || others.length > 0)
    throw new ModelRefusal('its input is not one "image"');
  const [batch, channels, imageHeight, imageWidth, ...more] = dimensionsOf(image);
  const isSide = (n: unknown): n is number =>
    typeof n === 'number' && n > 0 && n % 8 === 0 && n <= largestSide;
  if (batch !== 'free' && batch !== 1) throw new ModelRefusal('it does not take one image alone');
  if (channels !== 1 && channels !== 3) throw new ModelRefusal('its image has not 1 or 3 channels');
  if (!isSide(imageHeight) || !isSide(imageWidth) || more.length > 0)
    throw new ModelRefusal('the sides of its image are not multiples of 8 up to 16384');
  return { channels, imageWidth, imageHeight };
}

function checkGraph(graph: GraphProto, network: WalkedModel['network'], limits: ModelLimits): void {
  const { channels, imageHeight, imageWidth } = network;
  const values = new Map<string, Value>();
  const shape = [1, channels, imageHeight, imageWidth];
  values.set('image', { type: 'float32', shape, isConstant: false });
  for (const tensor of graph.initializer) {
    if (values.has(tensor.name))
      throw new ModelRefusal(`it has two tensors ${quoted(tensor.name)}`);
    values.set(tensor.name, valueOfTensor(tensor));
  }
  const multiplications = walkNodes(graph.node, values);
  checkOutputs(graph, values, network);
  const outputs = graph.output.map(({ name }) => name);
  checkCosts(mostBytesAlive(graph.node, values, outputs), multiplications, limits);
}

function checkOutputs(
  graph: GraphProto,
  values: ReadonlyMap<string, Value>,
  { imageHeight, imageWidth }: WalkedModel['network'],
): void {
  if (graph.output.map((o) => o.name).join() !== 'probability,map')
    throw new ModelRefusal('its outputs are not "probability" and "map"');
  const expected: readonly Shape[] = [[1], [1, 1, imageHeight / 8, imageWidth / 8]];
  const made = new Set(graph.node.flatMap(({ output }) => output));
  graph.output.forEach((output, i) => {
    const { name } = output;
    const value = values.get(name);
    const [found, wanted] = [value?.type === 'float32' ? value.shape : [], expected[i] ?? []];
    if (!made.has(name) || found.join() !== wanted.join())
      throw new ModelRefusal(`its ${name} has ${shapeText(found)}, not ${shapeText(wanted)}`);
    const said = dimensionsOf(output);
    if (said.length !== wanted.length || said.some((n, k) => n !== 'free' && n !== wanted[k]))
      throw new ModelRefusal(`it says that its ${name} has another shape than it makes`);
  });
}

function checkCosts(bytes: number, multiplications: number, limits: ModelLimits): void {
  if (bytes > limits.memoryBytes)
    throw new ModelRefusal(
      `its values take ${gibibytesText(bytes)} at once, more than the ${gibibytesText(limits.memoryBytes)} that a model may have`,
      `If you trust it, allow more with ${limitFlags.memoryBytes}`,
    );
  const seconds = multiplications / multiplicationsPerSecond;
  if (seconds > limits.seconds)
    throw new ModelRefusal(
      `an image takes ${multiplications.toPrecision(3)} multiplications, about ${Math.ceil(seconds)} s of one core, more than the ${limits.seconds} s that a model may take`,
      `If you trust it, allow more with ${limitFlags.seconds}`,
    );
}

/** The model with the parts that were checked alone. */
function onlyChecked(model: ModelProto, graph: GraphProto): ModelProto {
  return create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: model.opsetImport,
    graph: create(GraphProtoSchema, {
      name: 'model',
      node: graph.node.map(({ opType, input, output, attribute }) =>
        create(NodeProtoSchema, {
          ...{ opType, input, output },
          attribute: attribute.map(({ name, type, i, ints }) =>
            create(AttributeProtoSchema, { name, type, i, ints }),
          ),
        }),
      ),
      initializer: graph.initializer.map(({ name, dims, dataType, rawData }) =>
        create(TensorProtoSchema, { name, dims, dataType, rawData }),
      ),
      input: graph.input.map(({ name, type }) =>
        create(ValueInfoProtoSchema, type === undefined ? { name } : { name, type }),
      ),
      output: graph.output.map(({ name, type }) =>
        create(ValueInfoProtoSchema, type === undefined ? { name } : { name, type }),
      ),
    }),
  });
}

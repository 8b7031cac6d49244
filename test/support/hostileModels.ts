/** Exported models with one change each: what a stranger's file may hold, with a word of its refusal. */
import { create } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeType,
  GraphProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type ModelProto,
} from '../../server/engines/onnx/schema/onnx_pb.ts';
import {
  attribute,
  before,
  floats,
  graphOf,
  integers,
  inTensor,
  many,
  node,
  ofFirst,
  setAttribute,
} from './modelFiles.ts';

/** ONNX's number of 64-bit integers. */
const int64 = 7;

const external = (location: string, says = 1) =>
  inTensor((tensor) => {
    const entry = create(StringStringEntryProtoSchema, { key: 'location', value: location });
    tensor.externalData.push(entry);
    tensor.dataLocation = says;
  });

const withGraph = (opType: string) => (model: ModelProto) => {
  const body = create(AttributeProtoSchema, {
    name: opType === 'If' ? 'then_branch' : 'body',
    type: AttributeType.GRAPH,
    g: create(GraphProtoSchema, {}),
  });
  const made = node(opType, ['trips'], 'x');
  made.attribute.push(body);
  before([made], [integers('trips', [2 ** 31])])(model);
};

const ofType = (dataType: number) => inTensor((tensor) => (tensor.dataType = dataType));

/** Each with a word of its refusal. */
export const hostileModels: readonly (readonly [
  name: string,
  refusal: RegExp,
  change: (model: ModelProto) => void,
])[] = [
  ['data in a relative file', /another file/, external('../../etc/passwd')],
  ['data in an absolute file', /another file/, external('/etc/passwd')],
  ['data in a file beside it, perhaps a link', /another file/, external('weights.bin')],
  ['data in a file, without saying so', /another file/, external('weights.bin', 0)],
  [
    'data said to be elsewhere, without a place',
    /another file/,
    inTensor((t) => (t.dataLocation = 1)),
  ],
  ['an operator of a custom domain', /com\.evil/, ofFirst('Conv', (n) => (n.domain = 'com.evil'))],
  [
    'an operator of Microsoft',
    /com\.microsoft/,
    ofFirst('Conv', (n) => (n.domain = 'com.microsoft')),
  ],
  [
    'a custom domain',
    /com\.evil/,
    (m) =>
      m.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: 'com.evil', version: 1n })),
  ],
  [
    'a later operator set',
    /operator set 25/,
    (m) => m.opsetImport.forEach((o) => (o.version = 25n)),
  ],
  ['no operator set', /0 operator sets/, (m) => (m.opsetImport = [])],
  ['a loop of 2^31', /"Loop"/, withGraph('Loop')],
  ['a scan', /"Scan"/, withGraph('Scan')],
  ['a branch', /"If"/, withGraph('If')],
  [
    'an integer division by zero',
    /works on the integers/,
    before([node('Div', ['one', 'zero'], 'x')], [integers('one', [1]), integers('zero', [0])]),
  ],
  [
    'an integer product',
    /works on the integers/,
    before([node('Mul', ['one', 'one'], 'x')], [integers('one', [1])]),
  ],
  [
    'floats divided by integers',
    /works on the integers/,
    before([node('Div', ['image', 'zero'], 'x')], [integers('zero', [0])]),
  ],
  [
    'a remainder',
    /"Mod"/,
    before([node('Mod', ['a', 'a'], 'x', { fmod: 0 })], [integers('a', [0])]),
  ],
  ['a cast to integers', /"Cast"/, before([node('Cast', ['image'], 'x', { to: 7 })])],
  [
    'indices out of range',
    /"Gather"/,
    before([node('Gather', ['image', 'i'], 'x')], [integers('i', [1e9])]),
  ],
  ['a size made of data', /"Expand"/, before([node('Expand', ['image', 'image'], 'x')])],
  [
    'repetition',
    /"Tile"/,
    before([node('Tile', ['image', 'n'], 'x')], [integers('n', [1, 1, 1e5, 1e5])]),
  ],
  [
    'a constant of any size',
    /"ConstantOfShape"/,
    before([node('ConstantOfShape', ['n'], 'x')], [integers('n', [2 ** 31])]),
  ],
  ['a range', /"Range"/, before([node('Range', ['image', 'image', 'image'], 'x')])],
  ['a resize', /"Resize"/, before([node('Resize', ['image'], 'x')])],
  [
    'padding by an operator',
    /"Pad"/,
    before([node('Pad', ['image', 'n'], 'x')], [integers('n', [2 ** 31])]),
  ],
  [
    'steps of 0',
    /"Slice"/,
    before([node('Slice', ['image', 'n', 'n', 'n', 'n'], 'x')], [integers('n', [0])]),
  ],
  ['text', /"StringNormalizer"/, before([node('StringNormalizer', ['image'], 'x')])],
  [
    'an operator named like a property of objects',
    /"constructor"/,
    before([node('constructor', [], 'x')]),
  ],
  [
    'a third input of Max that nothing makes',
    /nothing before it makes its value "huge"/,
    before([node('Max', ['image', 'image', 'huge'], 'x')]),
  ],
  [
    'a third input of Max that makes it 32 GiB',
    /GiB at once/,
    before(
      [node('Max', ['image', 'tall', 'wide'], 'x')],
      [floats('tall', [2 ** 20, 1, 1, 1]), floats('wide', [1, 1, 1, 1])],
    ),
  ],
  [
    'too many inputs of Max',
    /300 inputs/,
    before([
      node(
        'Max',
        many(300, () => 'image'),
        'x',
      ),
    ]),
  ],
  [
    'a bias that is a list of integers',
    /works on the integers/,
    ofFirst('Conv', (n) => n.input.push('constant_10')),
  ],
  ['a third input of Add', /has 3 inputs/, ofFirst('Add', (n) => n.input.push(n.input[0] ?? ''))],
  ['no input', /has 0 inputs/, before([node('Relu', [], 'x')])],
  ['an input without a name', /without a name/, before([node('Relu', [''], 'x')])],
  ['a second output', /has 2 outputs/, ofFirst('MaxPool', (n) => n.output.push('indices'))],
  [
    'a cycle',
    /nothing before it makes/,
    before([node('Relu', ['y'], 'x'), node('Relu', ['x'], 'y')]),
  ],
  [
    'a value made twice',
    /twice/,
    before([node('Relu', ['image'], 'x'), node('Sqrt', ['image'], 'x')]),
  ],
  ['the image made anew', /twice/, before([node('Relu', ['image'], 'image')])],
  ['two tensors of one name', /two tensors/, before([], [floats('t', [1]), floats('t', [2])])],
  ['a tensor in place of the image', /two tensors/, before([], [floats('image', [1])])],
  [
    'many values alive at once',
    /GiB at once/,
    before(
      [
        node('Conv', ['image', 'filter'], 'big', {}),
        ...many(60, (i) => node('Relu', ['big'], `r${i}`)),
        node(
          'Max',
          many(60, (i) => `r${i}`),
          'x',
        ),
      ],
      [floats('filter', [4096, 1, 1, 1])],
    ),
  ],
  [
    'many constants computed while loading',
    /GiB at once/,
    before(
      many(400, (i) => node('Mul', ['row', 'column'], `x${i}`)),
      [floats('row', [1, 2048]), floats('column', [2048, 1])],
    ),
  ],
  [
    'doubling by concatenation',
    /at once|has .* values/,
    before(
      many(60, (i) =>
        node(
          'Concat',
          many(2, () => (i === 0 ? 'image' : `x${i - 1}`)),
          `x${i}`,
          { axis: 1 },
        ),
      ),
    ),
  ],
  [
    'slow convolutions',
    /multiplications/,
    before(
      [
        node('Conv', ['image', 'lift'], 'x0'),
        ...many(400, (i) => node('Conv', [`x${i}`, 'filter'], `x${i + 1}`, { pads: [7, 7, 7, 7] })),
      ],
      [floats('lift', [64, 1, 1, 1]), floats('filter', [64, 64, 15, 15])],
    ),
  ],
  [
    'a tensor of 2 GB in its shape alone',
    /its shape says/,
    inTensor((t) => (t.dims = [1n << 29n])),
  ],
  ['a shape that overflows', /values/, inTensor((t) => (t.dims = many(8, () => 1n << 40n)))],
  ['negative dimensions', /values/, inTensor((t) => (t.dims = [-1n, -1n]))],
  ['a dimension of 0', /values/, inTensor((t) => (t.dims = [0n]))],
  ['a thousand dimensions', /values/, inTensor((t) => (t.dims = many(1000, () => 1n)))],
  [
    'less data than its shape says',
    /bytes, but its shape/,
    inTensor((t) => (t.rawData = t.rawData.slice(4))),
  ],
  ['data of another kind', /raw data/, inTensor((t) => t.floatData.push(1))],
  ['a tensor of text', /is of string/, ofType(8)],
  ['a tensor of float16', /is of float16/, ofType(10)],
  ['a tensor of doubles', /is of float64/, ofType(11)],
  ['a tensor of no type', /is of no type/, ofType(0)],
  ['a tensor of an unknown type', /is of type 99/, ofType(99)],
  [
    'a long list of integers',
    /no list of at most/,
    before(
      [],
      [
        integers(
          'n',
          many(100, () => 1),
        ),
      ],
    ),
  ],
  [
    'an image of a terabyte',
    /multiples of 8/,
    (m) => {
      for (const dim of graphOf(m).input[0]?.type?.tensorType?.shape?.dim.slice(2) ?? [])
        dim.value = { case: 'dimValue', value: 1n << 20n };
    },
  ],
  [
    'an image of integers',
    /is of int64/,
    (m) => {
      const type = graphOf(m).input[0]?.type?.tensorType;
      if (type !== undefined) type.elemType = int64;
    },
  ],
  [
    'a second input',
    /one "image"/,
    (m) => graphOf(m).input.push(create(ValueInfoProtoSchema, { name: 'more' })),
  ],
  [
    'a batch of 1000',
    /one image alone/,
    (m) => {
      const [batch] = graphOf(m).input[0]?.type?.tensorType?.shape?.dim ?? [];
      if (batch !== undefined) batch.value = { case: 'dimValue', value: 1000n };
    },
  ],
  [
    'another output',
    /outputs/,
    (m) =>
      graphOf(m)
        .output.slice(0, 1)
        .forEach((o) => (o.name = 'secret')),
  ],
  ['padding without end', /has pads/, setAttribute('Conv', 'pads', [2 ** 31 - 1, 2, 2, 2])],
  ['padding beyond 31 bits', /a number is/, setAttribute('Conv', 'pads', [2 ** 40, 2, 2, 2])],
  ['a stride of 0', /has strides/, setAttribute('Conv', 'strides', [0, 0])],
  ['a dilation of 10^9', /has dilations/, setAttribute('Conv', 'dilations', [1e9, 1e9])],
  ['no groups', /has group/, setAttribute('Conv', 'group', 0)],
  [
    'a pool without strides, whose result is larger',
    /has strides/,
    ofFirst('MaxPool', (n) => {
      n.attribute = n.attribute.filter(({ name }) => name !== 'strides');
    }),
  ],
  ['a pool of another size', /has kernel_shape/, setAttribute('MaxPool', 'kernel_shape', [0, 0])],
  ['axes out of range', /over the axes/, setAttribute('ReduceMean', 'axes', [2, 99])],
  ['the same axis twice', /over the axes/, setAttribute('ReduceMean', 'axes', [2, 2])],
  ['no axes', /over the axes/, setAttribute('ReduceMean', 'axes', [])],
  ['an axis to join along out of range', /along axis/, setAttribute('Concat', 'axis', 77)],
  ['an attribute that nobody knows', /"ceil_mode"/, setAttribute('MaxPool', 'ceil_mode', 1)],
  [
    'an attribute of another type',
    /another type/,
    ofFirst('Concat', (n) => n.attribute.forEach((a) => (a.type = AttributeType.FLOAT))),
  ],
  [
    'an attribute given twice',
    /twice/,
    ofFirst('Concat', (n) => n.attribute.push(attribute('axis', 1))),
  ],
  [
    'an attribute that is a reference',
    /another type/,
    ofFirst('Concat', (n) => n.attribute.forEach((a) => (a.refAttrName = 'y'))),
  ],
  [
    'a shape of other values',
    /makes .* of/,
    before([node('Reshape', ['image', 'n'], 'x')], [integers('n', [7, 7])]),
  ],
  [
    'a shape with two free sizes',
    /makes .* of/,
    before([node('Reshape', ['image', 'n'], 'x')], [integers('n', [-1, -1])]),
  ],
  ['a shape made of data', /lacks the list/, before([node('Reshape', ['image', 'image'], 'x')])],
  [
    '100,000 nodes',
    /nodes, more than/,
    before(many(100_000, (i) => node('Relu', ['image'], `x${i}`))),
  ],
  [
    '100,000 tensors',
    /tensors, more than/,
    before(
      [],
      many(100_000, (i) => create(TensorProtoSchema, { name: `t${i}` })),
    ),
  ],
  [
    'a name of 10 MB',
    /name of 10000000 characters/,
    before([node('Relu', ['image'], 'x'.repeat(1e7))]),
  ],
  [
    'metadata of 10 MB',
    /characters of metadata/,
    (m) =>
      m.metadataProps.push(
        create(StringStringEntryProtoSchema, { key: 'k', value: 'v'.repeat(1e7) }),
      ),
  ],
  ['functions', /functions/, (m) => m.functions.push(new Uint8Array([1]))],
  ['training information', /training information/, (m) => m.trainingInfo.push(new Uint8Array([1]))],
  [
    'sparse tensors',
    /sparse tensors/,
    (m) => graphOf(m).sparseInitializer.push(new Uint8Array([1])),
  ],
  [
    'quantization annotations',
    /the field 14/,
    (m) => {
      graphOf(m).$unknown = [{ no: 14, wireType: 2, data: new Uint8Array([2, 10, 0]) }];
    },
  ],
  [
    'segments of a tensor',
    /the field 3/,
    inTensor((t) => (t.$unknown = [{ no: 3, wireType: 2, data: new Uint8Array([0]) }])),
  ],
  ['no graph', /no graph/, (m) => delete m.graph],
];

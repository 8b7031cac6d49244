/** What the walk knows of every value: its element type and its shape, and of lists of integers the content. */
import type { TensorProto } from '../schema/onnx_pb.ts';
import { ModelRefusal, quoted, shapeText } from './refusal.ts';

export type Shape = readonly number[];

/** What operators compute with. */
export interface FloatValue {
  readonly type: 'float32';
  readonly shape: Shape;
  /** Made of constants alone: the runtime computes it when it loads the model, and keeps it. */
  readonly isConstant: boolean;
}

/** A shape or axes, which only constants give: what a model does never depends on what it computes. */
export interface IntegerList {
  readonly type: 'int64';
  readonly list: readonly number[];
}

export type Value = FloatValue | IntegerList;

/** Dimensions of a value. */
const mostRank = 8;
const longestName = 1000;
const largestInteger = 2 ** 31;

/** ONNX's numbers of element types. */
const elementTypes = [
  ...['no type', 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool'],
  ...['float16', 'float64', 'uint32', 'uint64', 'complex64', 'complex128', 'bfloat16'],
];

export function elementType(number: number): string {
  return elementTypes[number] ?? `type ${number}`;
}

/** The number of values; throws a ModelRefusal for a shape that no value can have. */
export function countOf(shape: Shape, what: string): number {
  const count = shape.reduce((a, b) => a * b, 1);
  const whole = shape.every((size) => Number.isSafeInteger(size) && size > 0);
  if (!whole || shape.length > mostRank || !Number.isSafeInteger(count * 4))
    throw new ModelRefusal(`${what} has ${shapeText(shape)}`);
  return count;
}

/** Bytes of a value. */
export function bytesOf(value: Value): number {
  return value.type === 'int64'
    ? 8 * value.list.length
    : 4 * value.shape.reduce((a, b) => a * b, 1);
}

export function checkName(name: string): void {
  if (name === '' || name.length > longestName)
    throw new ModelRefusal(
      name === ''
        ? 'it has a value without a name'
        : `it has a name of ${name.length} characters, ${quoted(name)}`,
    );
}

/** A small whole number of the file. */
export function smallInteger(value: bigint, what: string): number {
  const number = Number(value);
  if (Math.abs(number) > largestInteger) throw new ModelRefusal(`${what} is ${value}`);
  return number;
}

/** Checks a tensor of the file and gives what it holds. */
export function valueOfTensor(tensor: TensorProto): Value {
  checkName(tensor.name);
  const what = `its tensor ${quoted(tensor.name)}`;
  if (tensor.externalData.length > 0 || tensor.dataLocation !== 0)
    throw new ModelRefusal(`${what} lies in another file`);
  if (tensor.floatData.length + tensor.int32Data.length + tensor.int64Data.length > 0)
    throw new ModelRefusal(`${what} is not raw data`);
  const type = elementType(tensor.dataType);
  if (type !== 'float32' && type !== 'int64')
    throw new ModelRefusal(`${what} is of ${type}, not float32`);
  const shape = tensor.dims.slice(0, mostRank + 1).map(Number);
  const bytes = countOf(shape, what) * (type === 'float32' ? 4 : 8);
  if (bytes !== tensor.rawData.length)
    throw new ModelRefusal(
      `${what} has ${tensor.rawData.length} bytes, but its shape says ${bytes}`,
    );
  if (type === 'float32') return { type, shape, isConstant: true };
  if (shape.length !== 1 || (shape[0] ?? 0) > mostRank)
    throw new ModelRefusal(`${what} is of int64 and no list of at most ${mostRank} sizes`);
  return { type, list: integersOf(tensor.rawData, what) };
}

function integersOf(raw: Uint8Array, what: string): number[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: raw.byteLength / 8 }, (_, i) =>
    smallInteger(view.getBigInt64(8 * i, true), `${what} at ${i}`),
  );
}

/**
 * The safetensors format: 8 bytes with the header's length, a JSON header (name → dtype, shape,
 * data_offsets), then the tensors' bytes. Only data is read, and every figure of the header is
 * checked before it is used, so that a hostile file costs one sentence.
 */
import { UserError } from '../../protocol/errors.ts';

const MAXIMUM_HEADER = 100_000_000;
const MAXIMUM_RANK = 8;
/** Our largest network has fewer than a hundred. */
const MAXIMUM_TENSORS = 10_000;
const LENGTH_BYTES = 8;
const METADATA_KEY = '__metadata__';

type Dtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'U8';
const BYTES: Readonly<Record<Dtype, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2, U8: 1 };

/** A tensor as the file holds it; numbers are float32 whatever the file's type. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
export type NamedTensors = ReadonlyMap<string, NamedTensor>;

interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The place of the first value that is NaN or infinite; -1 where all are numbers. */
const oddPlace = (data: Float32Array): number => data.findIndex((value) => !Number.isFinite(value));

/** Encodes float32 tensors in the map's order; `metadata` is kept as strings. Throws a RangeError for a value that is no number. */
export function encodeSafetensors(
  tensors: NamedTensors,
  metadata: Record<string, string>,
): Uint8Array {
  const header: [string, unknown][] = [[METADATA_KEY, metadata]];
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (name === METADATA_KEY || elements(shape) !== data.length) {
      throw new RangeError(`Tensor ${name}: ${data.length} values do not fill [${shape.join()}].`);
    }
    const odd = oddPlace(data);
    if (odd >= 0) throw new RangeError(`Tensor ${name} holds ${data[odd]} at place ${odd}.`);
    const end = offset + data.byteLength;
    header.push([name, { dtype: 'F32', shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  // fromEntries rather than assignment, so that a tensor may have any name.
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const start = LENGTH_BYTES + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(start + offset).fill(0x20, LENGTH_BYTES, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - LENGTH_BYTES), true);
  bytes.set(json, LENGTH_BYTES);
  writeTensors(bytes, start, tensors);
  return bytes;
}

function writeTensors(bytes: Uint8Array, start: number, tensors: NamedTensors): void {
  let position = start;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
}

function refuse(reason: string): never {
  throw new UserError(`Not a usable safetensors file: ${reason}.`);
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(BYTES, value);
}

function sizes(value: unknown, what: string): number[] {
  if (!Array.isArray(value)) return refuse(`${what} is not a list`);
  return value.map((item: unknown) => {
    if (typeof item !== 'number' || !Number.isSafeInteger(item) || item < 0) {
      return refuse(`${what} is not a list of whole numbers`);
    }
    return item;
  });
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < LENGTH_BYTES) return refuse('it ends before its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(MAXIMUM_HEADER)) return refuse('its header claims more than 100 MB');
  const start = LENGTH_BYTES + Number(length);
  if (start > bytes.length) return refuse('it ends inside its header');
  const text = decodeText(bytes.subarray(LENGTH_BYTES, start));
  return { header: parseHeader(text), start };
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('its header is not UTF-8 text');
  }
}

function parseHeader(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('its header is not JSON');
  }
  return isRecord(value) ? value : refuse('its header is not a JSON object');
}

function readMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value)) return refuse('its metadata is not a map of strings');
  const entries = Object.entries(value).map(([key, text]): [string, string] =>
    typeof text === 'string' ? [key, text] : refuse(`its metadata ${quoted(key)} is not a string`),
  );
  return Object.fromEntries(entries);
}

function readEntry(name: string, value: unknown): Entry {
  if (!isRecord(value)) return refuse(`tensor ${quoted(name)} has no description`);
  const dtype = value['dtype'];
  if (!isDtype(dtype)) {
    return refuse(`tensor ${quoted(name)} is of a type that weights do not have`);
  }
  const shape = sizes(value['shape'], `the shape of ${quoted(name)}`);
  if (shape.length > MAXIMUM_RANK) return refuse(`tensor ${quoted(name)} has too many dimensions`);
  const [begin, end, ...rest] = sizes(value['data_offsets'], `the place of ${quoted(name)}`);
  if (begin === undefined || end === undefined || rest.length > 0) {
    return refuse(`the place of ${quoted(name)} is not a pair`);
  }
  if (end - begin !== elements(shape) * BYTES[dtype]) {
    return refuse(`tensor ${quoted(name)} does not fill its shape`);
  }
  return { name, dtype, shape, begin, end };
}

/** Tensors must lie one behind the other from the first byte to the last. */
function checkCover(entries: readonly Entry[], length: number): void {
  let position = 0;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== position) {
      refuse(`tensor ${quoted(entry.name)} leaves a gap or lies over another`);
    }
    position = entry.end;
  }
  if (position !== length) refuse(`its tensors need ${position} bytes and it has ${length}`);
}

function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function element(view: DataView, position: number, dtype: Exclude<Dtype, 'F32'>): number {
  if (dtype === 'F64') return view.getFloat64(position, true);
  if (dtype === 'U8') return view.getUint8(position);
  const bits = view.getUint16(position, true);
  if (dtype === 'F16') return halfToFloat(bits);
  view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits * 65536);
  return view.getFloat32(0);
}

function readTensor(bytes: Uint8Array, start: number, entry: Entry): NamedTensor {
  // A copy: Buffer's slice would be a view at any alignment.
  const part = new Uint8Array(bytes.subarray(start + entry.begin, start + entry.end));
  if (entry.dtype === 'F32') {
    return { shape: entry.shape, data: new Float32Array(part.buffer) };
  }
  const { dtype } = entry;
  const view = new DataView(part.buffer);
  const data = new Float32Array(part.length / BYTES[dtype]);
  for (let i = 0; i < data.length; i += 1) data[i] = element(view, i * BYTES[dtype], dtype);
  return { shape: entry.shape, data };
}

/**
 * Reads a whole file. float64, float16, bfloat16 and bytes are converted to float32. Throws a
 * UserError unless the header is sound, its tensors cover the rest without gap or overlap, and every value
 * is a finite float32.
 */
export function decodeSafetensors(bytes: Uint8Array): {
  tensors: Map<string, NamedTensor>;
  metadata: Record<string, string>;
} {
  const { header, start } = readHeader(bytes);
  const metadata = readMetadata(header[METADATA_KEY]);
  const count = Object.keys(header).length;
  if (count > MAXIMUM_TENSORS) {
    refuse(`its header names ${count} tensors, and at most ${MAXIMUM_TENSORS} are read`);
  }
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA_KEY)
    .map(([name, value]) => readEntry(name, value));
  checkCover(entries, bytes.length - start);
  const tensors = new Map<string, NamedTensor>();
  for (const entry of entries) {
    const tensor = readTensor(bytes, start, entry);
    const odd = oddPlace(tensor.data);
    if (odd >= 0) {
      refuse(
        `tensor ${quoted(entry.name)} holds ${tensor.data[odd]} at place ${odd}, which is no finite float32`,
      );
    }
    tensors.set(entry.name, tensor);
  }
  return { tensors, metadata };
}

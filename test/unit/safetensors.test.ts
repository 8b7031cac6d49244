/** safetensors: there and back, other number types, and thousands of damaged files. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { describe, expect, it } from 'vitest';
import { UserError, errorText } from '../../protocol/errors.ts';
import { decodeSafetensors, encodeSafetensors } from '../../server/files/safetensors.ts';

const TENSORS = new Map([
  ['fc.weight', { shape: [1, 3], data: Float32Array.of(1.5, -0, 3e-39) }],
  ['__proto__', { shape: [2, 1], data: Float32Array.of(3.4e38, -7) }],
  ['scalar', { shape: [], data: Float32Array.of(42) }],
  ['empty', { shape: [0, 4], data: new Float32Array(0) }],
]);
const METADATA = { epoch: '3', note: 'ü "quoted"' };

function file(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(
    typeof header === 'string' ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

function tensor(dtype: string, shape: unknown, begin: number, end: number): unknown {
  return { dtype, shape, data_offsets: [begin, end] };
}

describe('safetensors', () => {
  it('gives back names, shapes, bits and metadata', () => {
    const { tensors, metadata } = decodeSafetensors(encodeSafetensors(TENSORS, METADATA));
    expect([...tensors.keys()].sort()).toEqual([...TENSORS.keys()].sort());
    for (const [name, { shape, data }] of TENSORS) {
      expect(tensors.get(name)?.shape).toEqual(shape);
      // Object.is tells -0 from 0.
      expect([...(tensors.get(name)?.data ?? [])]).toEqual([...data]);
    }
    expect(metadata).toEqual(METADATA);
  });

  it('reads from a pooled Buffer at an odd place', () => {
    const bytes = encodeSafetensors(TENSORS, {});
    const pool = Buffer.alloc(bytes.length + 3);
    pool.set(bytes, 3);
    expect(decodeSafetensors(pool.subarray(3)).tensors.get('fc.weight')?.data[0]).toBe(1.5);
  });

  it('aligns the data to 8 bytes', () => {
    const bytes = encodeSafetensors(TENSORS, METADATA);
    expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n);
  });

  it('refuses to write a tensor that does not fill its shape', () => {
    const wrong = new Map([['a', { shape: [2], data: new Float32Array(3) }]]);
    expect(() => encodeSafetensors(wrong, {})).toThrow(RangeError);
  });

  it('converts float64, float16, bfloat16 and bytes', () => {
    const data = new Uint8Array(8 + 4 + 4 + 4);
    const view = new DataView(data.buffer);
    view.setFloat64(0, -2.5, true);
    view.setUint16(8, 0x3555, true);
    view.setUint16(10, 0x8001, true);
    view.setUint16(12, 0x3fc0, true);
    view.setUint16(14, 0xc040, true);
    data.set([0, 1, 254, 255], 16);
    const header = {
      d: tensor('F64', [1], 0, 8),
      h: tensor('F16', [2], 8, 12),
      b: tensor('BF16', [2], 12, 16),
      u: tensor('U8', [4], 16, 20),
    };
    const { tensors } = decodeSafetensors(file(header, data));
    expect([...(tensors.get('d')?.data ?? [])]).toEqual([-2.5]);
    expect([...(tensors.get('h')?.data ?? [])]).toEqual([0.333251953125, -(2 ** -24)]);
    expect([...(tensors.get('b')?.data ?? [])]).toEqual([1.5, -3]);
    expect([...(tensors.get('u')?.data ?? [])]).toEqual([0, 1, 254, 255]);
  });

  const four = new Uint8Array(4);
  const bad: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['nothing', new Uint8Array(0), /before its header/],
    ['a header of 2^63 bytes', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128), /100 MB/],
    ['a header beyond the end', Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 123), /inside its header/],
    ['not JSON', file('{"a":'), /not JSON/],
    ['bad UTF-8', Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 255), /UTF-8/],
    ['a list', file('[]'), /object/],
    ['a tensor that is null', file({ a: null }), /"a" has no description/],
    ['an unknown type', file({ a: tensor('F32x', [1], 0, 4) }, four), /of a type/],
    ['a type from the prototype', file({ a: tensor('toString', [1], 0, 4) }, four), /of a type/],
    ['negative sizes', file({ a: tensor('F32', [-1], 0, 4) }, four), /whole numbers/],
    ['sizes of 2^31', file({ a: tensor('F32', [2 ** 31, 2 ** 31], 0, 4) }, four), /fill its shape/],
    ['too many dimensions', file({ a: tensor('F32', Array(9).fill(1), 0, 4) }, four), /dimensions/],
    ['a gap', file({ a: tensor('F32', [1], 4, 8) }, new Uint8Array(8)), /gap/],
    [
      'two on one place',
      file({ a: tensor('F32', [1], 0, 4), b: tensor('F32', [1], 0, 4) }, four),
      /gap/,
    ],
    ['bytes left over', file({ a: tensor('F32', [1], 0, 4) }, new Uint8Array(5)), /needs? 4 bytes/],
    ['data missing', file({ a: tensor('F32', [2], 0, 8) }, four), /need 8 bytes/],
    ['numbers in metadata', file({ __metadata__: { a: 1 } }), /not a string/],
  ];
  it.each(bad)('refuses %s in one sentence', (_, bytes, pattern) => {
    expect(() => decodeSafetensors(bytes)).toThrow(UserError);
    expect(() => decodeSafetensors(bytes)).toThrow(pattern);
  });

  it('survives damage: a value or a UserError, never another error', () => {
    const seed = 20_260_701;
    const count = process.env['SEGDEC_LONG'] === undefined ? 500 : 10_000;
    console.log(`safetensors damage: seed ${seed}, ${count} files`);
    const rng = xoroshiro128plus(seed);
    const good = encodeSafetensors(TENSORS, METADATA);
    let refused = 0;
    for (let i = 0; i < count; i += 1) {
      const length = uniformInt(rng, 0, 3) === 0 ? uniformInt(rng, 0, good.length) : good.length;
      const bytes = good.slice(0, length);
      for (let k = uniformInt(rng, 1, 4); k > 0 && length > 0; k -= 1) {
        bytes[uniformInt(rng, 0, length - 1)] = uniformInt(rng, 0, 255);
      }
      try {
        decodeSafetensors(bytes);
      } catch (error) {
        expect(error, errorText(error)).toBeInstanceOf(UserError);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(count / 4);
  });

  const shared = resolve(process.env['SEGDEC_SHARED'] ?? '../shared', 'fixtures/parity');
  it('reads the reference files', async (context) => {
    if (!existsSync(shared)) context.skip(`no reference fixtures at ${shared}`);
    const name = '5-paper-136x88x1-w0_125.safetensors';
    const { tensors } = decodeSafetensors(await readFile(join(shared, name)));
    expect(tensors.get('image')?.shape).toEqual([136, 88, 1]);
    expect(tensors.get('init/fc.weight')?.data.every(Number.isFinite)).toBe(true);
  });
});

/** Numbers that people and other programs write: flags, the editor's settings, run lengths, shapes. */
import { describe, expect, test } from 'vitest';
import { UserError } from '../../protocol/errors.ts';
import { decimalOf, shareOf } from '../../protocol/numbers.ts';
import { MaskBits } from '../../protocol/mask/bits.ts';
import {
  decimalNumber,
  float32Number,
  gibibytes,
  pixelSize,
  thresholdOrAuto,
  validationRule,
  wholeNumber,
} from '../../server/cli/values.ts';
import { readColumnRuns } from '../../server/data/masks/columnRuns.ts';
import { runsFault } from '../../server/data/layouts/severstal.ts';
import { isYolo } from '../../server/data/masks/exchange/yolo.ts';
import { checkInputSize } from '../../server/method/network.ts';
import { threadsOf, trainRequest } from '../../server/language/runs/trainRequest.ts';
import { oddShares } from '../support/oddNumbers.ts';

test.each(oddShares)('"%s" is no share', (text) => {
  expect(shareOf(text)).toBeUndefined();
});

test.each([
  ['0', 0],
  ['1', 1],
  ['.5', 0.5],
  ['1.', 1],
  ['+2.5e-1', 0.25],
  ['0e5', 0],
  ['1e-320', 1e-320],
] as const)('"%s" is %d', (text, value) => {
  expect(decimalOf(text)).toBe(value);
});

test('a long text that is no number is looked at once', () => {
  expect(decimalOf(`${'1'.repeat(1_000_000)}x`)).toBeUndefined();
});

const threshold = decimalNumber('--threshold', { min: 0, max: 1 });
const flags = {
  '--threshold': [threshold, oddShares],
  '--threshold of evaluate': [thresholdOrAuto, oddShares],
  '--learning-rate': [
    float32Number('--learning-rate', { above: 0 }),
    ['0', '-1', 'NaN', '1e39', '1e-60', '1e-400', '0x1', ''],
  ],
  '--delta': [float32Number('--delta', { min: 0 }), ['-1', 'NaN', '1e39', '1e-60', 'Infinity']],
  '--epochs': [
    wholeNumber('--epochs', { min: 1 }),
    ['0', '-1', '1.5', '1e3', '0x10', '9007199254740993', 'NaN'],
  ],
  '--memory': [gibibytes('--memory'), ['0', '-4', '1e308', 'NaN', '1e-400', '0x4']],
  '--size': [pixelSize('--size'), ['0x', '-64x64', '1e9x64', 'NaNxNaN', '99999999x64', '64.5x64']],
  '--validation': [validationRule, ['0', '1', '-0.2', 'NaN', '1e-400', '0x1', '1e999']],
} as const;
const texts = Object.entries(flags).flatMap(([name, [parse, bad]]) =>
  bad.map((text) => [name, text, parse as (text: string) => unknown] as const),
);

test.each(texts)('%s "%s" is refused', (name, text, parse) => {
  const [flag = ''] = name.split(' ');
  expect(() => parse(text)).toThrow(UserError);
  expect(() => parse(text)).toThrow(flag);
});

test.each([
  [0, 128],
  [-64, 128],
  [1e9, 128],
  [NaN, 128],
  [Infinity, 128],
  [128, 16_392],
  [128, 64.5],
])('the input size %d x %d is refused', (width, height) => {
  expect(() => checkInputSize(width, height)).toThrow(/is not usable.*try --size \d+x\d+/);
});

describe("the editor's settings", () => {
  const project = { id: '/data', folder: '/data' };
  test.each([0, -1, 0.5, 1025, 100_000, NaN, Infinity])('threads %d are refused', (threads) => {
    expect(() => threadsOf({ threads })).toThrow(/segdec\.threads is .* from 1 to 1024/);
    expect(() => trainRequest(project, {}, { threads })).toThrow(UserError);
  });

  test.each([0, -4, 1e300, NaN, Infinity])('memory %d is refused', (memory) => {
    expect(() => trainRequest(project, {}, { memory })).toThrow(/segdec\.memory is .* GiB above 0/);
  });

  test.each([
    { size: { width: -64, height: 64 } },
    { size: { width: 64, height: 0.5 } },
    { seed: 2 ** 40 },
    { memory: 1e300 },
    { width: 9 },
  ])('the options %j are refused', (options) => {
    expect(() => trainRequest(project, options, {})).toThrow(/cannot be trained with/);
  });

  test('that are null leave it to the project', () => {
    expect(threadsOf({ threads: null })).toBeUndefined();
    expect(trainRequest(project, {}, { threads: 3, memory: 2 }).machine).toEqual({
      threads: 3,
      memoryBytes: 2 * 1024 ** 3,
    });
  });
});

const oddRuns = ['0 1', '1', '-1 1', '0x1 1', '1e0 1', 'NaN 1', '1 Infinity', '1.5 1', '1 99999'];
test.each(oddRuns)('the run lengths "%s" are refused', (text) => {
  expect(() => readColumnRuns(text, 8, 8)).toThrow(UserError);
  expect(runsFault(text, { width: 8, height: 8 })).toBeDefined();
});

test('sound run lengths are not', () => {
  expect(readColumnRuns('1 2', 8, 8)).toBeInstanceOf(MaskBits);
});

test.each([
  '0x1 0.1 0.1 0.2 0.2',
  '1 0x1 0.1 0.2 0.2',
  '1 NaN 0.1 0.2 0.2',
  '1 Infinity 0 0 0',
  '1 1e999 0 0 0',
])('"%s" is no line of YOLO', (line) => {
  expect(isYolo(line)).toBe(false);
});

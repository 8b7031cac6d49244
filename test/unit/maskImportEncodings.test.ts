/** Sources in the encodings that programs write: names are found, and what had to be guessed is said. */
import { afterAll, describe, expect, test } from 'vitest';
import { Encodings } from '../../server/data/masks/exchange/textEncoding.ts';
import {
  imagesOf,
  imported,
  layersOf,
  reader,
  rectangle,
  writeFileIn,
} from '../support/maskExchange.ts';
import { rowsOf } from '../support/masks.ts';
import { temporaryFolder } from '../support/temporary.ts';

afterAll(() => reader.dispose());

/** The bytes of a text in an encoding that Node only reads: each character is looked for among its codes. */
function encoded(text: string, encoding: string): Buffer {
  const codes = new Map<string, readonly number[]>();
  const decoder = new TextDecoder(encoding);
  for (let first = 0x80; first < 0x100; first += 1) {
    codes.set(decoder.decode(Uint8Array.of(first)), [first]);
    for (let second = 0x40; second < 0xff; second += 1) {
      const character = decoder.decode(Uint8Array.of(first, second));
      if (character.length === 1 && !codes.has(character)) codes.set(character, [first, second]);
    }
  }
  return Buffer.from(
    Array.from(text).flatMap((one) =>
      one < '\u0080' ? [one.charCodeAt(0)] : (codes.get(one) ?? []),
    ),
  );
}

const utf16 = (text: string, isBig: boolean, hasMark: boolean): Buffer => {
  const bytes = Buffer.from((hasMark ? '\ufeff' : '') + text, 'utf16le');
  return isBig ? bytes.swap16() : bytes;
};

const forms: [string, string, (text: string) => Buffer][] = [
  ['UTF-8 with a mark', '划痕1', (text) => Buffer.from(`\ufeff${text}`)],
  ['UTF-16 with a mark', '划痕1', (text) => utf16(text, false, true)],
  ['UTF-16 without one', 'Kratzer-ä', (text) => utf16(text, false, false)],
  ['UTF-16, big end first', 'rayé', (text) => utf16(text, true, true)],
  ['GBK', '划痕1', (text) => encoded(text, 'gbk')],
  ['Big5', '刮痕1', (text) => encoded(text, 'big5')],
  ['Shift JIS', 'キズ-1', (text) => encoded(text, 'shift_jis')],
  ['EUC-KR', '스크래치', (text) => encoded(text, 'euc-kr')],
  ['Windows-1252', 'Kratzer-ß', (text) => encoded(text, 'windows-1252')],
  ['Windows-1251', 'царапина', (text) => encoded(text, 'windows-1251')],
];

/** Imports a source of one file. */
async function importedOf(name: string, file: string, bytes: Buffer) {
  const image = `defective/${name}.png`;
  const folder = await imagesOf(await temporaryFolder(), [image]);
  const source = await temporaryFolder();
  const path = await writeFileIn(source, file, bytes);
  const report = await imported(folder, path);
  const messages = report.findings.shown.map(({ message }) => message).join('\n');
  return { report, messages, defect: rowsOf((await layersOf(folder, image)).defect) };
}

describe.each(forms)('%s', (form, name, encode) => {
  test('JSON of labelme and of COCO', async () => {
    const labelme = {
      shapes: [
        {
          label: name,
          points: [
            [2, 1],
            [5, 3],
          ],
          shape_type: 'rectangle',
        },
      ],
      imagePath: `C:\\照片\\${name}.png`.replace('照片', ''),
    };
    const coco = {
      images: [{ id: 1, file_name: `${name}.png`, width: 10, height: 6 }],
      annotations: [{ id: 1, image_id: 1, segmentation: [[2, 1, 5, 1, 5, 3, 2, 3]] }],
      categories: [],
    };
    for (const value of [labelme, coco]) {
      const { report, messages, defect } = await importedOf(
        name,
        'x.json',
        encode(JSON.stringify(value)),
      );
      expect(report, messages).toMatchObject({ written: 1, unmatched: 0, lost: 0 });
      expect(defect).toEqual(rectangle);
      expect(/(is|are) no UTF-8/.test(messages)).toBe(!form.startsWith('UTF'));
    }
  });
});

describe('XML says its own encoding', () => {
  const cvat = (name: string, encoding: string): string =>
    `<?xml version="1.0" encoding="${encoding}"?><annotations><image id="0" name="${name}.png" width="10" height="6"><box label="x" xtl="2" ytl="1" xbr="5" ybr="3"/></image></annotations>`;

  test.each([
    ['utf-8', '划痕1', (text: string) => Buffer.from(text)],
    ['gb2312', '划痕1', (text: string) => encoded(text, 'gbk')],
    ['ISO-8859-1', 'rayé', (text: string) => encoded(text, 'windows-1252')],
    ['utf-16', 'rayé', (text: string) => utf16(text, false, true)],
    // .NET writes this into texts that are saved as UTF-8 afterwards.
    ['utf-16', 'rayé', (text: string) => Buffer.from(text)],
  ])('%s', async (encoding, name, encode) => {
    const { defect } = await importedOf(name, 'a.xml', encode(cvat(name, encoding)));
    expect(defect).toEqual(rectangle);
  });

  test('and one that is none is a sentence', async () => {
    const bytes = Buffer.from(cvat('a', 'klingon'));
    await expect(importedOf('a', 'a.xml', bytes)).rejects.toThrow('"klingon", which is not read');
  });
});

test('labels of YOLO, and names of classes', async () => {
  const folder = await imagesOf(await temporaryFolder(), ['defective/a.png']);
  const source = await temporaryFolder();
  await writeFileIn(source, 'classes.txt', encoded('划痕\nignore\n', 'gbk'));
  await writeFileIn(
    source,
    'labels/a.txt',
    utf16('1 0.35 0.3333333 0.3 0.3333333\r\n', false, true),
  );
  const report = await imported(folder, source);
  expect(report).toMatchObject({ format: 'yolo', written: 1, lost: 0 });
  expect(rowsOf((await layersOf(folder, 'defective/a.png')).ignore)).toEqual(rectangle);
});

test('broken bytes in UTF-8 cost themselves, and files are counted once', () => {
  const encodings = new Encodings(['照片.png']);
  const bytes = Buffer.concat([
    Buffer.from('{"imagePath": "照片.png", "x": "'),
    Buffer.of(0xff),
    Buffer.from('"}'),
  ]);
  for (const file of ['a', 'a', 'b']) {
    expect(encodings.text(bytes, file)).toContain('"照片.png"');
  }
  expect(encodings.sentences()).toEqual([
    '2 files of the source have bytes that are no UTF-8, and were read without them; check names and labels.',
  ]);
});

/** labels.csv as spreadsheets save it: read, edited and checked alike, or the cause named with a fix. */
import { describe, expect, test } from 'vitest';
import { parseLabels } from '../../protocol/labels/labelsTable.ts';
import { openDataset } from '../../server/data/dataset.ts';
import { CsvTable } from '../../server/language/features/tables/csvTable.ts';
import { bytesOf, cellsOf, set } from '../support/labelTables.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { writeTree } from '../support/tree.ts';
import type { Content } from '../support/tree.ts';

async function open(files: Readonly<Record<string, Content>>) {
  return await openDataset(await writeTree(await temporaryFolder(), files));
}

describe('labels.csv of a spreadsheet', () => {
  const rows = [
    ['image', 'label'],
    ['x/a b.png', 'ok'],
    ['x/c.png', 'DEFECTIVE'],
  ];
  const table = (delimiter: string): string => rows.map((row) => row.join(delimiter)).join('\r\n');

  test.each([
    ['semicolons', table(';')],
    ['tabs', table('\t')],
    ['a byte order mark', `\uFEFF${table(';')}`],
    ['sep=', `sep=;\r\n${table(';')}`],
    ['sep= behind a mark', `\uFEFFsep=,\r\n${table(',')}\r\n`],
    ['capitals', table(',').replace('image,label', 'Image,LABEL')],
    ['blank rows', `${table(';')}\r\n;\r\n;\r\n`],
  ])('with %s is read, edited and checked alike', async (_, text) => {
    const files = { 'x/a b.png': 1, 'x/c.png': 2, 'labels.csv': text };
    const { samples, findings } = await open(files);
    expect(samples.map(({ label }) => label)).toEqual(['ok', 'defective']);
    expect(findings).toEqual([]);
    expect(parseLabels(bytesOf(text)).columns).toEqual(['image', 'label']);
    const checked = new CsvTable(text);
    expect([checked.columns, checked.valueIn(2, 'label')]).toEqual([
      ['image', 'label'],
      'DEFECTIVE',
    ]);
    const changed = set(text, ['x/c.png'], cellsOf({ label: 'ok' })) ?? '';
    expect(changed).toBe(text.replace('DEFECTIVE', 'ok'));
    const more = await open({
      ...files,
      'd.png': 3,
      'labels.csv': set(changed, ['d.png'], cellsOf({ label: 'ok' })) ?? '',
    });
    expect(more.findings).toEqual([]);
    expect(more.samples.map(({ label }) => label)).toEqual(['ok', 'ok', 'ok']);
  });

  test('in another encoding is named with a fix, and not written', async () => {
    const latin = Buffer.from('image,label\r\ngröße.png,ok\r\nb.png,ok\r\n', 'latin1');
    const { findings, samples } = await open({ 'größe.png': 1, 'b.png': 2, 'labels.csv': latin });
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/line 2: it is not UTF-8 .* save the table as "CSV UTF-8"/),
    ]);
    expect(samples.find(({ image }) => image === 'b.png')?.label).toBe('ok');
    expect(() => parseLabels(latin)).toThrow('bytes');
    const wide = await open({
      'b.png': 1,
      'labels.csv': Buffer.from('\uFEFFimage\tlabel\n', 'utf16le'),
    });
    expect(wide.findings[0]?.message).toContain('UTF-16');
  });

  test('a column that is there twice is told of, and the last counts for all readers', async () => {
    const text = 'image,label,label\na.png,defective,ok\n';
    const { samples, findings } = await open({ 'a.png': 1, 'labels.csv': text });
    expect(samples[0]?.label).toBe('ok');
    expect(findings.map(({ severity, message }) => [severity, message])).toEqual([
      ['warning', expect.stringContaining('"label" is there more than once') as string],
    ]);
    expect(new CsvTable(text).valueIn(1, 'label')).toBe('ok');
    expect(set(text, ['a.png'], cellsOf({ label: '' }))).toBe(
      'image,label,label\na.png,defective,\n',
    );
  });
});

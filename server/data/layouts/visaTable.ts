/** VisA's image_anno.csv: the kinds of an image's defects, in the words of those who drew the masks. */
import { join } from 'node:path';
import { counted } from '../../../protocol/counted.ts';
import type { Finding } from '../../../protocol/dataset.ts';
import { errorText } from '../../../protocol/errors.ts';
import { nameKey } from '../../../protocol/names.ts';
import { csvRecords } from '../../files/csvStream.ts';
import type { FileTree } from '../fileTree.ts';
import type { DraftSample } from './layout.ts';

const tableName = 'image_anno.csv';

type Cells = Readonly<Record<string, string | undefined>>;

/** Paths in the table begin with the category, wherever the category lies. */
const keyOf = (path: string): string => nameKey(path).replace(/^.*?(?=data\/images\/)/i, '');

const isNormal = (label: string): boolean => /^(normal|ok|good)?$/i.test(label);

const finding = (path: string, message: string): Finding => ({
  ...{ kind: 'label-row', severity: 'warning', files: [path], message },
});

/** The words of each row by its image's key; what cannot be read is told. */
async function readTable(file: string, path: string, findings: Finding[]) {
  const kinds = new Map<string, string>();
  const options = { columns: true, bom: true, skip_empty_lines: true, trim: true };
  try {
    for await (const { image, label } of csvRecords(file, options) as AsyncIterable<Cells>) {
      if (image === undefined || label === undefined) {
        const text = `${path} has no columns image and label, so that the kinds of defects are not read; name them in its first line.`;
        findings.push(finding(path, text));
        break;
      }
      kinds.set(keyOf(image), label);
    }
  } catch (error) {
    if (!(error instanceof Error) || !('lines' in error)) throw error;
    const text = `${path}, line ${Number(error.lines)}: ${errorText(error).replace(/\.$/, '')}; the kinds of defects behind it are not read: mend the row.`;
    findings.push(finding(path, text));
  }
  return kinds;
}

/** Samples with the kinds that the category's table gives them, if it has one; labels stay the folders'. */
export async function withVisaKinds(
  root: string,
  tree: FileTree,
  prefix: string,
  samples: readonly DraftSample[],
  findings: Finding[],
): Promise<readonly DraftSample[]> {
  const path = tree.find(`${prefix}${tableName}`);
  if (path === undefined) return samples;
  const kinds = await readTable(join(root, path), path, findings);
  const named = new Set<string>();
  const against: string[] = [];
  const known = samples.map((sample) => {
    const key = keyOf(sample.image);
    const label = kinds.get(key);
    if (label === undefined) return sample;
    named.add(key);
    const saysOk = isNormal(label);
    if (saysOk !== (sample.label === 'ok')) against.push(sample.image);
    return saysOk || sample.label !== 'defective' ? sample : { ...sample, kind: label };
  });
  const some = against.slice(0, 3).join(', ');
  if (against.length > 0) {
    const text = `${path} calls ${counted(against.length, 'image')} otherwise than their folders do (${some}${against.length > 3 ? ', …' : ''}); the folders count: move the images or mend the table.`;
    findings.push(finding(path, text));
  }
  const lost = kinds.size - named.size;
  if (lost > 0) {
    const text = `${path} has ${counted(lost, 'row')} of images that are not there; add the images or remove the rows.`;
    findings.push(finding(path, text));
  }
  return known;
}

/** Writes Severstal's table as a stream: a row an image with defect pixels. */
import { writeFileWhole } from '../../../files/atomicWrite.ts';
import { encodeColumnRuns } from '../columnRuns.ts';
import type { Exported, MaskSink } from './contract.ts';

const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** Of datasets without classes. */
const onlyClass = '1';

async function* rowsOf(exported: Exported, onRow: () => void): AsyncGenerator<string> {
  yield 'ImageId,ClassId,EncodedPixels\n';
  for await (const { sample, defect } of exported.images()) {
    if (defect === undefined || defect.isEmpty) continue;
    const name = quoted(exported.nameOf(sample.image));
    onRow();
    yield `${name},${exported.class ?? onlyClass},${encodeColumnRuns(defect)}\n`;
  }
}

export const severstalSink: MaskSink = {
  format: 'severstal',
  isFolder: false,
  losesIgnored: true,
  write: async (output, exported) => {
    let rows = 0;
    await writeFileWhole(
      output,
      rowsOf(exported, () => (rows += 1)),
    );
    return rows;
  },
};

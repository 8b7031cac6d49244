/** The HTML report: one page that can be mailed, with everything in it. */
import { CancelledError } from '../../protocol/errors.ts';
import { createImageReader, orientedReader } from '../data/images/reader.ts';
import type { ImageReader } from '../data/images/reader.ts';
import { writeFileWhole } from '../files/atomicWrite.ts';
import { readEvents } from '../runs/eventLog.ts';
import type { EvaluatedRun } from '../runs/evaluate.ts';
import { chooseRows } from './choice.ts';
import { htmlPage } from './page.ts';
import type { PageGroup, PagePicture } from './page.ts';
import { samplePictures } from './pictures.ts';

async function pageGroups(
  evaluated: EvaluatedRun,
  reader: ImageReader,
  signal: AbortSignal | undefined,
): Promise<PageGroup[]> {
  const { rows, metrics, samples, root, heatmaps } = evaluated;
  const byImage = new Map(samples.map((sample) => [sample.image, sample]));
  const groups: PageGroup[] = [];
  for (const chosen of chooseRows(rows, metrics.split, metrics.shippedThreshold.value)) {
    const pictures: PagePicture[] = [];
    for (const row of chosen.rows) {
      if (signal?.aborted === true) throw new CancelledError('Stopped while writing the report.');
      const sample = byImage.get(row.image);
      if (sample === undefined) throw new Error(`${row.image} is no sample of the evaluation.`);
      const shown =
        heatmaps && (await samplePictures(reader, root, sample, heatmaps.fileOf(row.image)));
      pictures.push({ row, kind: sample.kind, pictures: shown });
    }
    groups.push({ title: chosen.title, none: chosen.none, all: chosen.all, pictures });
  }
  return groups;
}

/** Writes the page whole or not at all. */
export async function writeHtmlReport(
  file: string,
  evaluated: EvaluatedRun,
  signal?: AbortSignal,
): Promise<void> {
  const reader = createImageReader();
  try {
    const oriented = orientedReader(reader, evaluated.run.dataset?.orientation);
    const groups = await pageGroups(evaluated, oriented, signal);
    const { events } = await readEvents(evaluated.paths.events);
    await writeFileWhole(file, htmlPage(evaluated, events, groups));
  } finally {
    await reader.dispose();
  }
}

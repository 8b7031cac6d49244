/**
 * The size that Severstal's run lengths are of. The table does not say it: published images have one size, and people
 * use the form for images of their own, or make the published ones smaller and keep the table.
 */
import { counted } from '../../protocol/counted.ts';
import type { Finding, Sample } from '../../protocol/dataset.ts';
import type { Dataset } from './dataset.ts';
import type { ImageReader } from './images/reader.ts';
import { runsFit } from './images/maskRuns.ts';
import type { RunsSource } from './images/maskRuns.ts';
import { headerOf } from './maskFindings.ts';

const atOnce = 8;

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Sized {
  readonly sample: Sample;
  readonly runs: RunsSource;
  /** Undefined where the image cannot be read. */
  readonly image: Size | undefined;
}

const isSame = (a: Size, b: Size): boolean => a.width === b.width && a.height === b.height;
const sizeText = ({ width, height }: Size): string => `${width}x${height}`;

async function sizesOf(
  { root, samples }: Dataset,
  reader: ImageReader,
  signal: AbortSignal | undefined,
): Promise<Sized[]> {
  const found: Sized[] = [];
  const withRuns = samples.flatMap((sample) =>
    sample.mask?.kind === 'runs' ? [{ sample, runs: sample.mask }] : [],
  );
  for (let start = 0; start < withRuns.length; start += atOnce) {
    signal?.throwIfAborted();
    const part = withRuns.slice(start, start + atOnce);
    const headers = await Promise.all(
      part.map(({ sample }) => headerOf(reader, root, sample.image)),
    );
    part.forEach((item, i) => found.push({ ...item, image: headers[i] }));
  }
  return found;
}

const outside = ({ sample, runs, image }: Sized): Finding => ({
  ...{ kind: 'label-row', severity: 'error', files: ['train.csv', sample.image] },
  message: `train.csv: the run lengths of ${sample.image} lead out of ${sizeText(runs)}${image === undefined || isSame(image, runs) ? '' : ` and of its own ${sizeText(image)}`}; mend or remove the row.`,
});

/** Of images of one size that is not the published one. */
function sizeFinding(same: readonly Sized[], isOwn: boolean, published: Size): Finding {
  const [first] = same;
  const own = sizeText(first?.image ?? published);
  const how = isOwn
    ? `they are read at ${own}, where all of them fit`
    : `they lead out of ${own}, so that they are read at ${sizeText(published)} and stretched to fit, which is right only for images that were made smaller or larger`;
  return {
    ...{ kind: 'runs-size', severity: 'warning', files: [first?.sample.image ?? 'train.csv'] },
    message: `train.csv has run lengths of ${counted(same.length, 'image')} of ${own} (${first?.sample.image ?? ''}${same.length > 1 ? ', …' : ''}), not ${sizeText(published)} as Severstal's: ${how}.`,
  };
}

/**
 * The dataset with each mask of run lengths at the size that it is of: the images' own, where the rows of all images
 * of that size fit, else the published one. Rows that fit neither are findings, and their images unlabelled.
 */
export async function withRunSizes(
  dataset: Dataset,
  reader: ImageReader,
  signal?: AbortSignal,
): Promise<Dataset> {
  const all = await sizesOf(dataset, reader, signal);
  const groups = new Map<string, Sized[]>();
  for (const item of all) {
    const key = sizeText(item.image ?? item.runs);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  const masks = new Map<Sample, RunsSource | undefined>();
  const findings: Finding[] = [...dataset.findings];
  for (const same of groups.values()) {
    const isOwn = same.every(
      ({ runs, image }) => image === undefined || runsFit(runs.encoded, image),
    );
    const inside: Sized[] = [];
    for (const item of same) {
      const { sample, runs, image = runs } = item;
      const { width, height } = isOwn || !runsFit(runs.encoded, runs) ? image : runs;
      const isInside = runsFit(runs.encoded, { width, height });
      masks.set(sample, isInside ? { ...runs, width, height } : undefined);
      if (isInside) inside.push(item);
      else findings.push(outside(item));
    }
    const [first] = inside;
    if (first?.image === undefined || isSame(first.image, first.runs)) continue;
    findings.push(sizeFinding(inside, isOwn, first.runs));
  }
  const samples = dataset.samples.map((sample): Sample => {
    if (!masks.has(sample)) return sample;
    const mask = masks.get(sample);
    const { mask: _, ...rest } = sample;
    return mask === undefined ? { ...rest, label: 'unlabelled' } : { ...rest, mask };
  });
  return { ...dataset, samples, findings };
}

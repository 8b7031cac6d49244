/**
 * Before training: every mask that counts is read once, so that what its reading assumed, and which defects are lost
 * at the input size, is said while somebody still looks.
 */
import { byCount, counted } from '../../protocol/counted.ts';
import type { Finding, Sample } from '../../protocol/dataset.ts';
import { CancelledError, UserError } from '../../protocol/errors.ts';
import type { NetworkSpec, TrainingSettings } from '../../protocol/run.ts';
import type { ImageReader, MaskPixels } from '../data/images/reader.ts';
import { headerOf, imageFindings, lookAtMask, masksOf } from '../data/maskFindings.ts';
import { vanishes } from '../method/labels.ts';
import { isLabelled } from './splits.ts';
import { mostOfAKind } from './text.ts';

export interface SurveyRequest {
  readonly root: string;
  readonly samples: readonly Sample[];
  /** Images whose masks are trained on. */
  readonly segmented: ReadonlySet<string>;
  readonly network: NetworkSpec;
  readonly settings: Pick<TrainingSettings, 'dilation'>;
  readonly reader: ImageReader;
  readonly signal: AbortSignal | undefined;
}

export interface MaskSurvey {
  readonly findings: readonly Finding[];
  /** Images that are trained on with a mask of which nothing is left. */
  readonly vanished: readonly string[];
  /** The largest sides of such masks. */
  readonly width: number;
  readonly height: number;
}

const atOnce = 8;

/** Masks that train, and those that results are compared with. */
const isUsed = (sample: Sample, segmented: ReadonlySet<string>): boolean =>
  isLabelled(sample) &&
  (sample.split !== 'train' || sample.label === 'ok' || segmented.has(sample.image));

interface Seen {
  readonly findings: readonly Finding[];
  /** The mask, where nothing of it is left. */
  readonly lost: MaskPixels | undefined;
}

async function look(sample: Sample, request: SurveyRequest): Promise<Seen> {
  const { root, reader, segmented, network, settings } = request;
  const header = await headerOf(reader, root, sample.image, true);
  const findings = header === undefined ? [] : imageFindings(sample.image, header);
  let lost: MaskPixels | undefined;
  for (const [of, source] of isUsed(sample, segmented) ? masksOf(sample) : []) {
    const { findings: found, mask } = await lookAtMask(reader, root, of, source, header);
    findings.push(...found);
    const isTrained = source === sample.mask && segmented.has(sample.image);
    if (!isTrained || mask === undefined) continue;
    const { imageWidth, imageHeight } = network;
    if (vanishes(mask, { imageWidth, imageHeight, dilation: settings.dilation })) lost = mask;
  }
  return { findings, lost };
}

/** Looks at the labelled samples. Throws a CancelledError when the signal is aborted. */
export async function surveyMasks(request: SurveyRequest): Promise<MaskSurvey> {
  const findings: Finding[] = [];
  const vanished: string[] = [];
  let [width, height] = [0, 0];
  const samples = request.samples.filter(isLabelled);
  for (let start = 0; start < samples.length; start += atOnce) {
    if (request.signal?.aborted === true) throw new CancelledError('Stopped while reading masks.');
    const part = samples.slice(start, start + atOnce);
    const seen = await Promise.all(part.map((sample) => look(sample, request)));
    seen.forEach(({ findings: found, lost }, i) => {
      findings.push(...found);
      if (lost === undefined) return;
      vanished.push(part[i]?.image ?? '');
      width = Math.max(width, lost.width);
      height = Math.max(height, lost.height);
    });
  }
  return { findings, vanished, width, height };
}

/** Throws a UserError for masks that were drawn on the stored pixels of turned images: they would train transposed. */
export function refuseTurnedMasks({ findings }: MaskSurvey): void {
  const turned = findings.filter((f) => f.kind === 'orientation' && f.severity === 'error');
  const [first] = turned;
  if (first === undefined) return;
  const more = turned.length > 1 ? ` (and ${turned.length - 1} more)` : '';
  throw new UserError(`${first.message.replace(/\.$/, '')}${more}.`);
}

/** Findings as warnings, the first of each kind. */
export function findingWarnings(
  findings: readonly Finding[],
): { readonly message: string; readonly file: string | undefined }[] {
  const kinds = new Map<string, Finding[]>();
  for (const found of findings) {
    if (found.severity === 'information') continue;
    kinds.set(found.kind, [...(kinds.get(found.kind) ?? []), found]);
  }
  return [...kinds.values()].flatMap((same) => {
    const shown = same.slice(0, mostOfAKind);
    const warnings = shown.map(({ message, files }) => ({ message, file: files[0] }));
    if (same.length === shown.length) return warnings;
    const message = `${counted(same.length - shown.length, 'more finding')} like these; see \`segdec inspect\`.`;
    return [...warnings, { message, file: undefined }];
  });
}

/** Names that a sentence gives. */
const mostNames = 3;

const oddAtLeast = (value: number): number =>
  Math.ceil(value) + (Math.ceil(value) % 2 === 0 ? 1 : 0);

/** What is said of defects that are lost at the input size; undefined without any. */
export function vanishedWarning(
  { vanished, width, height }: MaskSurvey,
  masks: number,
  { imageWidth, imageHeight }: Pick<NetworkSpec, 'imageWidth' | 'imageHeight'>,
): string | undefined {
  if (vanished.length === 0) return undefined;
  const names = vanished.slice(0, mostNames).join(', ');
  const more = vanished.length > mostNames ? ', …' : '';
  // A square of this side holds both pixels that a pixel of the input is made of.
  const dilation = oddAtLeast(Math.max(width / imageWidth, height / imageHeight, 1) + 1);
  const [wider, higher] = [Math.max(width, imageWidth), Math.max(height, imageHeight)].map(
    (side) => Math.ceil(side / 8) * 8,
  );
  return `Of ${vanished.length} of the ${counted(masks, 'mask')} trained on, nothing is left at ${imageWidth}x${imageHeight} (${names}${more}): one cell of ${byCount(vanished.length, 'its', 'each')} map stands for the defect. Widen masks with --dilation ${dilation}, train at a larger --size (up to ${wider ?? imageWidth}x${higher ?? imageHeight}), or cut the images into tiles.`;
}

/**
 * What is wrong with a segdec.json that its schema cannot say: what it names is not there, or the dataset
 * does not have what it asks for.
 */
import { byCount, counted } from '../../../../protocol/counted.ts';
import type { Sample, Severity } from '../../../../protocol/dataset.ts';
import { maskUsable } from '../../../data/segmented.ts';
import type { ProjectSettings } from '../../../runs/projectSchema.ts';
import { applyValidation, labelledOf } from '../../../runs/splits.ts';

export interface KeyProblem {
  /** The key and, in a list, the place; [] for the file as a whole. */
  readonly path: readonly (string | number)[];
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
}

/** What was found where the file points to. */
export interface ProjectFacts {
  /** Why the dataset folder cannot be used, and the key that says so. */
  readonly fault: Pick<KeyProblem, 'path' | 'message'> | undefined;
  /** The dataset's samples; undefined while they, or labels in their masks, are not known. */
  readonly samples: readonly Sample[] | undefined;
  /** False when activeRun names a folder that is no run. */
  readonly hasActiveRun: boolean;
  /** What lies outside and may not be looked at, or is no path, as a sentence by its key. */
  readonly outside: readonly { readonly key: 'dataset' | 'activeRun'; readonly message: string }[];
}

/** Fewer positives than this teach a network little. */
const fewPositives = 20;

export function checkProject(settings: ProjectSettings, facts: ProjectFacts): KeyProblem[] {
  const problems: KeyProblem[] = [];
  if (facts.fault !== undefined) {
    problems.push({ ...facts.fault, severity: 'error', code: 'dataset' });
  }
  for (const { key, message } of facts.outside) {
    problems.push({ path: [key], severity: 'warning', code: 'outside', message });
  }
  problems.push(...sizeProblems(settings.size));
  if (!facts.hasActiveRun && settings.activeRun !== undefined) {
    problems.push({
      ...{ path: ['activeRun'], severity: 'warning', code: 'active-run' },
      message: `There is no run ${settings.activeRun}; name a folder of .segdec/runs, or remove the key to show the newest run.`,
    });
  }
  if (settings.weights === 'best' && settings.validation === 'none') {
    problems.push({
      ...{ path: ['weights'], severity: 'error', code: 'weights' },
      message:
        'The best weights need something to validate on; set "validation" to a share such as 0.2.',
    });
  }
  if (facts.samples !== undefined) problems.push(...sampleProblems(settings, facts.samples));
  return problems;
}

function sizeProblems(size: string | undefined): KeyProblem[] {
  const [width = 0, height = 0] = (size ?? '').split('x').map(Number);
  if (size === undefined) return [];
  const at = { path: ['size'], severity: 'error', code: 'size' } as const;
  const near = (n: number): number => Math.max(8, Math.round(n / 8) * 8);
  if (width % 8 !== 0 || height % 8 !== 0 || width === 0 || height === 0) {
    const better = `${near(width)}x${near(height)}`;
    return [
      { ...at, message: `Width and height must be multiples of 8; ${better} is the nearest.` },
    ];
  }
  if (Math.floor(width / 64) * Math.floor(height / 64) >= 2) return [];
  return [
    { ...at, message: `${size} is too small for the network; use at least 128x64 or 64x128.` },
  ];
}

function sampleProblems(settings: ProjectSettings, all: readonly Sample[]): KeyProblem[] {
  const { validation, seed = 0 } = settings;
  const fraction = typeof validation === 'number' ? validation : null;
  const on = fraction === null ? 'none' : 'fraction';
  const samples = applyValidation(all, { on, fraction, every: 1 }, seed);
  const train = labelledOf(samples, 'train');
  const positives = train.filter(({ label }) => label === 'defective');
  return [
    ...countProblems(positives.length, train.length - positives.length),
    ...segmentedProblems(settings.segmented, positives),
    ...validationProblems(validation, samples),
  ];
}

function countProblems(positives: number, negatives: number): KeyProblem[] {
  const at = { path: ['dataset'], code: 'labels' };
  if (positives === 0 || negatives === 0) {
    const missing =
      positives + negatives === 0 ? 'labelled' : positives === 0 ? 'defective' : 'good';
    const message = `There are no ${missing} images to train on; training needs both good and defective ones. Label some (labels.csv, or folders ok/ and defective/).`;
    return [{ ...at, severity: 'error', message }];
  }
  if (positives >= fewPositives) return [];
  const message = `There ${byCount(positives, 'is', 'are')} only ${counted(positives, 'defective image')} to train on: expect modest results, better with ${fewPositives} or more.`;
  return [{ ...at, severity: 'warning', message }];
}

function segmentedProblems(
  segmented: ProjectSettings['segmented'],
  positives: readonly Sample[],
): KeyProblem[] {
  const at = { severity: 'error', code: 'segmented' } as const;
  const usable = new Set(positives.filter(maskUsable).map(({ image }) => image));
  if (typeof segmented === 'number' && segmented > usable.size) {
    const have = counted(
      usable.size,
      'defective training image has a mask',
      'defective training images have a mask',
    );
    const message = `${counted(segmented, 'mask is', 'masks are')} more than there are: ${have} that may be used.`;
    return [{ ...at, path: ['segmented'], message }];
  }
  if (!Array.isArray(segmented)) return [];
  return segmented.flatMap((image, place): KeyProblem[] => {
    if (usable.has(image)) return [];
    const message = `${image} is no defective training image with a mask that may be used; paths are relative to the dataset folder.`;
    return [{ ...at, path: ['segmented', place], message }];
  });
}

function validationProblems(
  validation: ProjectSettings['validation'],
  samples: readonly Sample[],
): KeyProblem[] {
  if (validation !== 'test' || labelledOf(samples, 'test').length > 0) return [];
  const message =
    'There are no labelled images in the test split to validate on; hold out a share such as 0.2 instead.';
  return [{ path: ['validation'], severity: 'error', code: 'validation', message }];
}

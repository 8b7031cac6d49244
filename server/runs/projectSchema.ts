/**
 * The keys of segdec.json with what each means: what is accepted, and, as dist/segdec.schema.json, what
 * editors complete and show on hover.
 */
import * as z from 'zod';
import { layoutNames, orientationNames } from '../../protocol/dataset.ts';
import { deviceNames, engineNames, presetNames, variantNames } from '../../protocol/run.ts';
import { int32, mostGibibytes, threads, widthFactor } from './numberSchemas.ts';
import { settingsSchema } from './runFile.ts';

/** Raised when an older program could no longer read what we write. */
export const projectSchemaVersion = 1;

/** A choice with a sentence for each word, in the order of the words. */
function choice<const T extends readonly [string, ...string[]]>(
  words: T,
  description: string,
  sentences: Readonly<Record<T[number], string>>,
) {
  const enumDescriptions = words.map((word) => sentences[word as T[number]]);
  return z.enum(words).meta({ description, enumDescriptions }).optional();
}

const dataKeys = {
  dataset: z
    .string()
    .describe(
      'Folder that holds the images, relative to this file. Default: the folder of this file.',
    )
    .optional(),
  layout: choice(layoutNames, 'How the folder is arranged. Default: recognised by its names.', {
    ksdd: 'KolektorSDD: a folder an item, masks beside the images as *_label.bmp, folds.',
    ksdd2: 'KolektorSDD2: train/ and test/, masks as *_GT.png.',
    dagm: 'DAGM 2007: Class1 … Class10, each with Train/ and Test/ and their Label/ folders.',
    severstal: 'Severstal: train.csv with run lengths, train_images/.',
    mvtec: 'MVTec AD: a folder a category with train/good, test/… and ground_truth/….',
    folders: 'Any folders of images: ok/ and defective/ tell labels, labels.csv tells the rest.',
  }),
  class: z
    .string()
    .describe(
      'The class or category to train for, in layouts that hold several (dagm, mvtec, severstal): one model each.',
    )
    .optional(),
  onlyClass: z
    .boolean()
    .describe(
      'severstal: only images with defects of `class` are positives. Default false: an image with any defect is.',
    )
    .optional(),
  orientation: choice(
    orientationNames,
    'How images lie that have an EXIF orientation. Default exif. A run keeps what it was trained with.',
    {
      exif: 'Turned, as viewers show them; masks and annotations are of the turned image.',
      stored: 'As the pixels are stored, for masks and annotations that were drawn on these.',
    },
  ),
  fold: z
    .int()
    .nonnegative()
    .describe('ksdd: the fold of the cross-validation, from 0. Default 0.')
    .optional(),
  followLinks: z
    .boolean()
    .describe(
      'Whether links to images and folders outside of the dataset folder are followed for reading; nothing is ever written through them, and in an untrusted workspace none is followed. Default true.',
    )
    .optional(),
};

const supervisionKeys = {
  segmented: z
    .union([z.int().nonnegative(), z.literal('all'), z.array(z.string())])
    .meta({
      description:
        'How many defective training images may use their mask (N; drawn by seed), "all" of them, or a list of images (paths from the dataset folder). The others train by their label alone. Default "all"; 0 trains without any mask.',
      defaultSnippets: [
        { label: '"all"', description: 'Every mask that there is', body: 'all' },
        { label: '0', description: 'Image labels alone', body: 0 },
        { label: '[…]', description: 'These images', body: ['$1'] },
      ],
    })
    .optional(),
  validation: z
    .union([z.number().gt(0).lt(1), z.enum(['test', 'none'])])
    .meta({
      description:
        'What training is validated on: a share of the training images (0.2 holds out a fifth of each label), "test" (then the result on test is too good), or "none". Default: the dataset\'s own val split, else none.',
      defaultSnippets: [{ label: '0.2', description: 'Hold out a fifth', body: 0.2 }],
    })
    .optional(),
  weights: choice(['last', 'best'] as const, 'Which weights the run ships. Default last.', {
    last: 'Of the last epoch.',
    best: 'Of the epoch with the best average precision in validation; needs a validation.',
  }),
  seed: int32
    .describe(
      'Draws the initial weights, the order of the images and the masks used. The same seed gives the same run. Default 0.',
    )
    .optional(),
};

const networkKeys = {
  size: z
    .string()
    .regex(/^\d{1,6}x\d{1,6}$/, 'must be WIDTHxHEIGHT, such as 232x640')
    .meta({
      description:
        'Input size WIDTHxHEIGHT in pixels, multiples of 8; images are resized to it. Default: the published size of the layout, else the median image. Larger finds smaller defects and takes more time and memory.',
      patternErrorMessage: 'Write WIDTHxHEIGHT in pixels, such as "232x640".',
      defaultSnippets: [{ label: '"256x320"', body: '${1:256}x${2:320}' }],
    })
    .optional(),
  variant: choice(variantNames, 'Which description of the network. Default paper.', {
    paper: 'As the paper describes it.',
    reference: "As the authors' released program computes it.",
  }),
  width: widthFactor
    .describe(
      "Multiplies the network's channel counts; 0.5 halves every layer, which computes faster and can tell less apart. Default 1.",
    )
    .optional(),
  preset: choice(
    presetNames,
    "The training settings of one of the paper's datasets. Default: by layout; ksdd2 for your own data.",
    {
      dagm: '70 epochs, learning rate 0.05, defects weighted 10.',
      ksdd: '50 epochs, learning rate 1 (0.01 without masks).',
      ksdd2: '50 epochs, learning rate 0.01, dilation 15, defects weighted 3.',
      severstal: '40 to 90 epochs by the number of positives, batches of 10, learning rate 0.1.',
    },
  ),
  settings: settingsSchema
    .partial()
    .strict()
    .describe('Single numbers and switches that win over those of the preset.')
    .optional(),
};

const machineKeys = {
  engine: choice(engineNames, 'What computes. Default onnx.', {
    onnx: 'ONNX Runtime: works everywhere.',
    tensorflow: 'TensorFlow: not in this version.',
  }),
  device: choice(deviceNames, 'What it computes on. Default auto.', {
    auto: 'The fastest that works here.',
    cpu: 'The processor.',
    webgpu: 'A graphics card through WebGPU.',
    cuda: 'An NVIDIA graphics card.',
  }),
  memory: z
    .number()
    .positive()
    .max(mostGibibytes)
    .describe(
      'GiB that a run must fit in. Less memory takes slower forms of the same computation. Default 4.',
    )
    .optional(),
  threads: threads.describe('Threads of the engine. Default: one a core, at most 16.').optional(),
};

export const projectSchema = z.strictObject({
  $schema: z.string().describe('Address of the schema of this file; not used.').optional(),
  schemaVersion: z
    .literal(projectSchemaVersion)
    .describe('Version of this format. Absent: the current one.')
    .optional(),
  needs: z.string().describe('The least version of segdec that can read this file.').optional(),
  ...dataKeys,
  ...networkKeys,
  ...supervisionKeys,
  ...machineKeys,
  activeRun: z
    .string()
    .describe(
      'The run whose scores editors show: the name of a folder in .segdec/runs, or a path from this file. Default: the newest with scores of this dataset.',
    )
    .optional(),
});
export type ProjectSettings = z.infer<typeof projectSchema>;

const limits = [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER];

/** The JSON schema of segdec.json, for editors (manifest: contributes.jsonValidation). */
export function projectJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(projectSchema, {
    target: 'draft-7',
    // Every integer gets the limits of a double, which say nothing to a reader.
    override: ({ jsonSchema }) => {
      if (limits.includes(Number(jsonSchema.maximum))) delete jsonSchema.maximum;
      if (limits.includes(Number(jsonSchema.minimum))) delete jsonSchema.minimum;
    },
  });
  return {
    ...schema,
    title: 'SegDec project',
    description: "A SegDec project's own choices; everything is optional.",
    allowComments: false,
    defaultSnippets: [
      {
        label: 'A project',
        description: 'Dataset folder, input size and masks',
        body: { dataset: '${1:.}', preset: '${2:ksdd2}', segmented: '${3:all}', validation: 0.2 },
      },
    ],
  };
}

/** `segdec inspect DATA`: counts and faults of a dataset, without loading any runtime. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Finding } from '../../protocol/dataset.ts';
import type { Dataset, OpenOptions } from '../data/dataset.ts';
import type { DatasetCounts, InspectReport } from '../data/inspect.ts';
import { addDatasetFlags, dataFlag } from './datasetFlags.ts';
import type { DatasetFlags } from './datasetFlags.ts';
import { given, newCommand } from './door.ts';
import type { Door, Session } from './door.ts';
import { columns, counted, oneLine } from './output.ts';
import type { Output, OutputMode } from './output.ts';

interface InspectFlags extends OutputMode, DatasetFlags {
  readonly quick?: boolean;
  readonly data?: string;
}

function printCounts(counts: DatasetCounts, output: Output): void {
  const { layout, samples, positives, splits, classes, folds } = counts;
  const parts = [
    classes.length > 0 ? counted(classes.length, 'class', 'classes') : '',
    folds > 0 ? counted(folds, 'fold') : '',
  ];
  const details = parts.filter((part) => part !== '').join(', ');
  output.line(
    `Layout ${layout}${details === '' ? '' : ` (${details})`}: ${counted(samples, 'image')}, ${positives} positive.`,
  );
  const rows = Object.entries(splits).filter(([, n]) =>
    Object.values(n).some((count) => count > 0),
  );
  const table = rows.map(([split, n]) => [
    `  ${split}`,
    ...Object.entries(n)
      .filter(([, count]) => count > 0)
      .map(([label, count]) => `${count} ${label}`),
  ]);
  for (const row of columns(table)) output.line(row);
}

/** Sizes, and findings by severity. */
function closingLines({ sizes, findings }: InspectReport): string[] {
  const shown = sizes.slice(0, 5).map(({ size, images }) => `${size} (${images})`);
  const more = sizes.length > shown.length ? `, and ${sizes.length - shown.length} more` : '';
  const count = (severity: Finding['severity']): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const bySeverity = [
    counted(count('error'), 'error'),
    counted(count('warning'), 'warning'),
    counted(count('information'), 'note'),
  ].join(', ');
  return [
    ...(shown.length > 0 ? [`Sizes: ${shown.join(', ')}${more}.`] : []),
    findings.length === 0
      ? 'No findings.'
      : `${counted(findings.length, 'finding')}: ${bySeverity}.`,
  ];
}

/** The folder and how it is read: by flags over segdec.json, as training does. */
async function datasetAsked(
  data: string,
  flags: InspectFlags,
): Promise<{ folder: string; options: OpenOptions }> {
  const { dataFolder, openOptionsOf, openProject, settingsFor } =
    await import('../runs/projectFile.ts');
  const project = await openProject(data);
  const named = flags.data === undefined ? undefined : resolve(flags.data);
  const folder = named ?? (await dataFolder(data, project));
  const settings = named === undefined ? settingsFor(folder, project) : project.settings;
  const { layout, onlyClass, fold, splitSeed: seed } = flags;
  return {
    folder,
    options: {
      ...openOptionsOf(settings),
      ...given({ layout, class: flags.class, onlyClass, fold, seed }),
    },
  };
}

/** Counts each class of a folder that holds several; their images are not read. */
async function inspectClasses(
  folder: string,
  options: OpenOptions,
  classes: readonly string[],
  output: Output,
): Promise<void> {
  const [{ openDataset }, { countSamples }] = await Promise.all([
    import('../data/dataset.ts'),
    import('../data/inspect.ts'),
  ]);
  output.line(`${folder} holds ${counted(classes.length, 'class', 'classes')}, one model each:`);
  const all = [];
  for (const name of classes) {
    const dataset = await openDataset(folder, { ...options, class: name });
    all.push({ class: name, ...countSamples(dataset), findings: dataset.findings });
  }
  const rows = all.map(({ class: name, layout, samples, positives, findings }) => [
    `  ${name}`,
    layout,
    counted(samples, 'image'),
    `${positives} positive`,
    findings.length === 0 ? '' : counted(findings.length, 'finding'),
  ]);
  for (const row of columns(rows)) output.line(row.trimEnd());
  output.line(
    `Choose one with --class, such as --class ${classes[0] ?? ''}, to have it inspected.`,
  );
  output.document({ classes: all });
}

async function inspect(data: string, flags: InspectFlags, session: Session): Promise<void> {
  const { output } = session;
  const signal = AbortSignal.any([session.signal, session.unread]);
  const [{ openDataset }, { ClassWanted }] = await Promise.all([
    import('../data/dataset.ts'),
    import('../data/layouts/layout.ts'),
  ]);
  const { folder, options } = await datasetAsked(data, flags);
  let dataset;
  try {
    dataset = await openDataset(folder, { ...options, signal });
  } catch (error) {
    if (!(error instanceof ClassWanted)) throw error;
    await inspectClasses(folder, { ...options, signal }, error.classes, output);
    return;
  }
  await inspectOne(dataset, flags, signal, output);
}

/** Reads the images and reports. */
async function inspectOne(
  dataset: Dataset,
  flags: InspectFlags,
  signal: AbortSignal,
  output: Output,
): Promise<void> {
  const [{ createImageReader }, { patientReader, shortPatience }, { inspectDataset }] =
    await Promise.all([
      import('../data/images/reader.ts'),
      import('../data/images/patientReader.ts'),
      import('../data/inspect.ts'),
    ]);
  const reader = patientReader(createImageReader(), { delays: shortPatience, signal });
  try {
    const report = await inspectDataset(dataset, reader, {
      quick: flags.quick === true,
      signal,
      onCounts: (counts) => printCounts(counts, output),
      onFinding: (finding: Finding) =>
        output.line(`${finding.severity}: ${oneLine(finding.message)}`),
      onProgress: (done, total) => output.transient(`Reading images: ${done} of ${total}`),
    });
    output.clearTransient();
    output.document(report);
    for (const line of closingLines(report)) output.line(line);
  } finally {
    await reader.dispose();
  }
}

/** The command. */
export function inspectCommand(door: Door): Command {
  const command = newCommand({
    name: 'inspect',
    description: 'Count the images of a dataset folder and report its faults.',
    examples: ['inspect photos', 'inspect photos --quick --json'],
  })
    .argument('<DATA>', 'the dataset folder')
    .option(...dataFlag)
    .option('--quick', 'names and label files only: no image is opened');
  addDatasetFlags(command);
  return command.action((data: string, flags: InspectFlags) =>
    inspect(data, flags, door.open(flags)),
  );
}

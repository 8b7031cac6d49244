/** `segdec inspect DATA`: counts and faults of a dataset, without loading any runtime. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Finding } from '../../protocol/dataset.ts';
import type { DatasetCounts, InspectReport } from '../data/inspect.ts';
import { addDatasetFlags } from './datasetFlags.ts';
import type { DatasetFlags } from './datasetFlags.ts';
import { given, newCommand } from './door.ts';
import type { Door, Session } from './door.ts';
import { columns, oneLine } from './output.ts';
import type { Output, OutputMode } from './output.ts';

interface InspectFlags extends OutputMode, DatasetFlags {
  readonly quick?: boolean;
}

function printCounts(counts: DatasetCounts, output: Output): void {
  const { layout, samples, positives, splits, classes, folds } = counts;
  const parts = [
    classes.length > 0 ? `${classes.length} classes` : '',
    folds > 0 ? `${folds} folds` : '',
  ];
  const details = parts.filter((part) => part !== '').join(', ');
  output.line(
    `Layout ${layout}${details === '' ? '' : ` (${details})`}: ${samples} images, ${positives} positive.`,
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
  const bySeverity = `${count('error')} errors, ${count('warning')} warnings, ${count('information')} notes`;
  return [
    ...(shown.length > 0 ? [`Sizes: ${shown.join(', ')}${more}.`] : []),
    findings.length === 0 ? 'No findings.' : `${findings.length} findings: ${bySeverity}.`,
  ];
}

async function inspect(data: string, flags: InspectFlags, session: Session): Promise<void> {
  const { output } = session;
  const signal = AbortSignal.any([session.signal, session.unread]);
  const [
    { openDataset },
    { createImageReader },
    { patientReader, shortPatience },
    { inspectDataset },
    { openProject, settingsFor },
  ] = await Promise.all([
    import('../data/dataset.ts'),
    import('../data/images/reader.ts'),
    import('../data/images/patientReader.ts'),
    import('../data/inspect.ts'),
    import('../runs/projectFile.ts'),
  ]);
  const { layout, onlyClass, fold, splitSeed: seed } = flags;
  const { orientation } = settingsFor(resolve(data), await openProject(data));
  const dataset = await openDataset(
    data,
    given({ layout, class: flags.class, onlyClass, fold, seed, orientation, signal }),
  );
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
    .option('--quick', 'names and label files only: no image is opened');
  addDatasetFlags(command);
  return command.action((data: string, flags: InspectFlags) =>
    inspect(data, flags, door.open(flags)),
  );
}

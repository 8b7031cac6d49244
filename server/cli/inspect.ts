/** `segdec inspect DATA`: counts and faults of a dataset, without loading any runtime. */
import type { Command } from 'commander';
import type { Finding } from '../../protocol/dataset.ts';
import { addDatasetFlags } from './datasetFlags.ts';
import type { DatasetFlags } from './datasetFlags.ts';
import { given, newCommand } from './door.ts';
import type { Door, Session } from './door.ts';
import { oneLine } from './output.ts';
import type { OutputMode } from './output.ts';

interface InspectFlags extends OutputMode, DatasetFlags {
  readonly quick?: boolean;
}

async function inspect(data: string, flags: InspectFlags, session: Session): Promise<void> {
  const { output } = session;
  const signal = AbortSignal.any([session.signal, session.unread]);
  const [{ openDataset }, { createImageReader }, { inspectDataset }] = await Promise.all([
    import('../data/dataset.ts'),
    import('../data/images/reader.ts'),
    import('../data/inspect.ts'),
  ]);
  const { layout, onlyClass, fold } = flags;
  const dataset = await openDataset(
    data,
    given({ layout, class: flags.class, onlyClass, fold, signal }),
  );
  const reader = createImageReader();
  try {
    const report = await inspectDataset(dataset, reader, {
      quick: flags.quick === true,
      signal,
      onCounts: (counts) => printCounts(counts, output),
      onFinding: (finding: Finding) =>
        output.line(`${finding.severity}: ${oneLine(finding.message)}`),
    });
    output.document(report);
    output.line(`${report.findings.length} findings.`);
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

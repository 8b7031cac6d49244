/** `segdec masks import` and `segdec masks export`: masks from and for other programs. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { layoutNames } from '../../protocol/dataset.ts';
import type { LayoutName } from '../../protocol/dataset.ts';
import { GateError, UserError } from '../../protocol/errors.ts';
import { existingRules, exportFormats, importFormats } from '../../protocol/maskExchange.ts';
import type {
  ExchangeFindings,
  ExistingRule,
  ExportFormat,
  ImportFormat,
  MaskExportReport,
  MaskImportReport,
} from '../../protocol/maskExchange.ts';
import type { ExchangeDataset } from '../data/masks/exchange/dataset.ts';
import { dataFlag } from './datasetFlags.ts';
import { given, newCommand } from './door.ts';
import type { Door, Session } from './door.ts';
import { counted } from './output.ts';
import type { Output, OutputMode } from './output.ts';
import { oneOf } from './values.ts';

interface DataFlags extends OutputMode {
  readonly layout?: LayoutName;
  readonly class?: string;
  readonly data?: string;
}

interface ImportFlags extends DataFlags {
  readonly format?: ImportFormat;
  readonly existing?: ExistingRule;
  readonly dryRun?: boolean;
  readonly strict?: boolean;
}

interface ExportFlags extends DataFlags {
  readonly format: ExportFormat;
  readonly output: string;
  readonly overwrite?: boolean;
}

/** The dataset by segdec.json, where flags do not say otherwise. */
async function openData(
  data: string,
  { layout, class: name, data: named }: DataFlags,
  signal: AbortSignal,
): Promise<ExchangeDataset> {
  const [{ dataFolder, openOptionsOf, openProject, settingsFor }, { openExchangeDataset }] =
    await Promise.all([
      import('../runs/projectFile.ts'),
      import('../data/masks/exchange/dataset.ts'),
    ]);
  const project = await openProject(data);
  const folder = named === undefined ? await dataFolder(data, project) : resolve(named);
  const settings = openOptionsOf(
    named === undefined ? settingsFor(folder, project) : project.settings,
  );
  return await openExchangeDataset(folder, {
    ...settings,
    ...given({ layout, class: name, signal }),
  });
}

/** The findings as warnings, also with --quiet; those beyond what a report keeps are counted. */
function printFindings({ total, shown }: ExchangeFindings, output: Output): void {
  for (const { severity, message } of shown) {
    output.warn(severity === 'error' ? `not taken: ${message}` : message);
  }
  if (total > shown.length) output.warn(`… and ${counted(total - shown.length, 'more finding')}.`);
}

function importLine(report: MaskImportReport): string {
  const { written, kept, unchanged, unmatched, refused, labelled, entries, dryRun, lost } = report;
  const parts = [
    `${written} ${dryRun ? 'would be written' : 'written'}`,
    kept > 0 ? `${kept} kept as they were (--existing replace or add changes that)` : '',
    unchanged > 0 ? `${unchanged} unchanged` : '',
    unmatched > 0 ? `${unmatched} without their image` : '',
    refused > 0 ? `${refused} refused` : '',
    labelled > 0 ? `${labelled} ${dryRun ? 'would be labelled' : 'labelled'} defective` : '',
  ];
  const list = parts.filter((part) => part !== '').join(', ');
  const done = list === '' ? 'nothing to take' : list;
  return `${report.format}: ${counted(entries, 'entry', 'entries')} read: ${done}${lost > 0 ? `; ${lostText(lost)}` : ''}.`;
}

const lostText = (lost: number): string =>
  `${counted(lost, 'annotation was', 'annotations were')} lost, the warnings say why`;

/** Throws a GateError for an import of which annotations were lost. */
function assertNoneLost({ lost }: MaskImportReport): void {
  if (lost > 0) throw new GateError(`--strict: ${lostText(lost)}.`);
}

/** Throws a UserError for an import of which nothing was taken. */
function assertSomeTaken(source: string, report: MaskImportReport): void {
  const { entries, unmatched, refused, lost } = report;
  if (entries === 0 || unmatched + refused < entries) return;
  const why = lost > 0 ? lostText(lost) : 'the warnings say why';
  throw new UserError(
    `None of ${counted(entries, 'entry', 'entries')} of ${source} was taken; ${why}.`,
  );
}

const partNames: Readonly<Record<ExportFormat, string>> = {
  coco: 'annotation',
  png: 'file',
  severstal: 'row',
};

const exportLine = (report: MaskExportReport): string =>
  `Wrote ${report.output}: ${counted(report.images, 'image')}, ${report.defective} with defects, ${report.ignored} with ignored pixels, ${counted(report.parts, partNames[report.format])}.`;

function tell(report: MaskImportReport | MaskExportReport, line: string, output: Output): void {
  output.clearTransient();
  output.document(report);
  printFindings(report.findings, output);
  output.line(line);
}

async function importInto(
  data: string,
  source: string,
  flags: ImportFlags,
  { output, signal }: Session,
): Promise<void> {
  const [{ importMasks }, { createImageReader }] = await Promise.all([
    import('../data/masks/exchange/importMasks.ts'),
    import('../data/images/reader.ts'),
  ]);
  const dataset = await openData(data, flags, signal);
  const { format, existing, dryRun, strict = false } = flags;
  const reader = createImageReader();
  try {
    const report = await importMasks(dataset, {
      ...given({ format, existing, dryRun }),
      ...{ source: resolve(source), reader, signal },
      onProgress: (done, total) =>
        output.transient(`Importing masks: ${done}${total === 0 ? '' : ` of ${total}`}`),
    });
    tell(report, importLine(report), output);
    if (strict) assertNoneLost(report);
    assertSomeTaken(source, report);
  } finally {
    await reader.dispose();
  }
}

async function exportFrom(
  data: string,
  flags: ExportFlags,
  { output, signal }: Session,
): Promise<void> {
  const [{ exportMasks }, { createImageReader }] = await Promise.all([
    import('../data/masks/exchange/exportMasks.ts'),
    import('../data/images/reader.ts'),
  ]);
  const dataset = await openData(data, flags, signal);
  const { format, overwrite } = flags;
  const reader = createImageReader();
  try {
    const report = await exportMasks(dataset, {
      ...given({ format, overwrite }),
      ...{ output: flags.output, reader, signal },
      onProgress: (done, total) => output.transient(`Exporting images: ${done} of ${total}`),
    });
    tell(report, exportLine(report), output);
  } finally {
    await reader.dispose();
  }
}

const addDataFlags = (command: Command): Command =>
  command
    .option(
      '--layout <name>',
      `how the folder is laid out: ${layoutNames.join(', ')} (detected)`,
      oneOf('--layout', layoutNames),
    )
    .option('--class <name>', 'the class of a dataset with several (dagm, mvtec, severstal)')
    .option(...dataFlag);

function importCommand(door: Door): Command {
  const command = newCommand({
    name: 'import',
    description: 'Bring masks of another program into a dataset.',
    examples: [
      'masks import photos annotations.json --dry-run',
      'masks import photos labelme-files --existing add',
    ],
  })
    .argument('<DATA>', 'the dataset folder')
    .argument('<SOURCE>', 'a file or folder with masks')
    .option(
      '--format <name>',
      `what the source is: ${importFormats.join(', ')} (detected)`,
      oneOf('--format', importFormats),
    )
    .option(
      '--existing <rule>',
      `what becomes of masks that have pixels: ${existingRules.join(', ')} (keep)`,
      oneOf('--existing', existingRules),
    )
    .option('--dry-run', 'report what would be done, and write nothing')
    .option(
      '--strict',
      'end with 1 when annotations were lost, for instance shapes that cannot be drawn',
    );
  return addDataFlags(command).action((data: string, source: string, flags: ImportFlags) =>
    importInto(data, source, flags, door.open(flags)),
  );
}

function exportCommand(door: Door): Command {
  const command = newCommand({
    name: 'export',
    description: 'Write the masks of a dataset for another program.',
    examples: [
      'masks export photos --format coco --output masks.json',
      'masks export photos --format png --output masks',
    ],
  })
    .argument('<DATA>', 'the dataset folder')
    .requiredOption(
      '--format <name>',
      `one of ${exportFormats.join(', ')}`,
      oneOf('--format', exportFormats),
    )
    .requiredOption('--output <path>', 'a new file (coco, severstal) or folder (png)')
    .option('--overwrite', 'write over what is there');
  return addDataFlags(command).action((data: string, flags: ExportFlags) =>
    exportFrom(data, flags, door.open(flags)),
  );
}

/** The command. */
export function masksCommand(door: Door): Command {
  return new Command('masks')
    .description('Bring masks in from other programs, and out to them.')
    .addCommand(importCommand(door))
    .addCommand(exportCommand(door));
}

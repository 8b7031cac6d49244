/** Answers that bring masks in and out of a dataset, in the formats of other programs. */
import { isAbsolute } from 'node:path';
import { UserError } from '../../../protocol/errors.ts';
import type {
  MaskExportParams,
  MaskExportReport,
  MaskImportParams,
  MaskImportReport,
} from '../../../protocol/maskExchange.ts';
import { requests } from '../../../protocol/messages.ts';
import type { ImageReader } from '../../data/images/reader.ts';
import { openExchangeDataset } from '../../data/masks/exchange/dataset.ts';
import type { ExchangeDataset } from '../../data/masks/exchange/dataset.ts';
import { exportMasks } from '../../data/masks/exchange/exportMasks.ts';
import { importMasks } from '../../data/masks/exchange/importMasks.ts';
import type { Call } from '../door.ts';
import type { MaskStore } from '../maskStore.ts';
import type { Project } from '../project/project.ts';
import type { Workplace } from '../workplace.ts';

function assertAbsolute(path: string): void {
  if (!isAbsolute(path)) throw new UserError(`${path} is no absolute path; name it by one.`);
}

/** The project's dataset as its files are now. */
async function datasetOf(project: Project, signal: AbortSignal): Promise<ExchangeDataset> {
  const { content, folder } = project;
  if (content === undefined) {
    throw new UserError(project.problem ?? `${folder} cannot be read.`);
  }
  await project.assertSameFolder();
  return await openExchangeDataset(folder, { ...project.openOptions(content.file), signal });
}

const progressOf =
  ({ progress }: Call, what: string) =>
  (done: number, total: number): void => {
    const of = total === 0 ? '' : ` of ${total}`;
    progress({ done, total, message: `${what} ${done}${of}` });
  };

/** Registers them. */
export function registerMaskExchange(
  { door, projects }: Workplace,
  masks: MaskStore,
  reader: ImageReader,
): void {
  const importInto = async (
    { project: id, source, format, existing, dryRun }: MaskImportParams,
    call: Call,
  ): Promise<MaskImportReport> => {
    assertAbsolute(source);
    const project = await projects.read(id);
    const { signal } = call;
    const dataset = await datasetOf(project, signal);
    try {
      return await importMasks(dataset, {
        ...{ source, reader, signal },
        ...(format === undefined ? {} : { format }),
        ...(existing === undefined ? {} : { existing }),
        ...(dryRun === undefined ? {} : { dryRun }),
        onProgress: progressOf(call, 'Imported masks'),
        inTurn: (work) => masks.inTurn(work),
      });
    } finally {
      // Also what was written before it was stopped.
      if (dryRun !== true) await project.reload('files');
    }
  };

  const exportFrom = async (
    { project, format, output, overwrite = false }: MaskExportParams,
    call: Call,
  ): Promise<MaskExportReport> => {
    assertAbsolute(output);
    const { signal } = call;
    const dataset = await datasetOf(await projects.read(project), signal);
    const onProgress = progressOf(call, 'Exported images');
    return await exportMasks(dataset, { format, output, overwrite, reader, signal, onProgress });
  };

  door.handle(requests.maskImport, importInto);
  door.handle(requests.maskExport, exportFrom);
}

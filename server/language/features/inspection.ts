/** `segdec/dataset/inspect`: reads every image and mask of a project; what it finds becomes diagnostics. */
import type { Inspected } from '../../../protocol/dataset.ts';
import { requests } from '../../../protocol/messages.ts';
import { UserError } from '../../../protocol/errors.ts';
import { inspectDataset } from '../../data/inspect.ts';
import type { Call } from '../door.ts';
import type { Project } from '../project/project.ts';
import type { Workplace } from '../workplace.ts';
import { ofPixels } from './problems/inspections.ts';
import type { ProjectFindings } from './problems/projectFindings.ts';

async function inspect(
  { reader }: Workplace,
  findings: ProjectFindings,
  project: Project,
  { signal, progress }: Call,
): Promise<Inspected> {
  const { content } = project;
  if (content === undefined) {
    throw new UserError(project.problem ?? `${project.id} cannot be read.`);
  }
  const began = Date.now();
  const { dataset } = content;
  const report = await inspectDataset(dataset, reader, {
    signal,
    onProgress: (done, total) => progress({ done, total, message: 'Reading images and masks' }),
  });
  await findings.keep(project, {
    began,
    at: Date.now(),
    orientation: dataset.orientation,
    images: new Set(dataset.samples.map(({ image }) => image)),
    findings: ofPixels(report.findings, dataset.findings),
  });
  const errors = report.findings.filter(({ severity }) => severity === 'error').length;
  return { findings: report.findings.length, errors, ...findings.counts(project) };
}

/** Answers for inspections; a second one of the same project waits for nobody and wins. */
export function registerInspection(workplace: Workplace, findings: ProjectFindings): void {
  workplace.door.handle(requests.datasetInspect, async ({ project }, call) =>
    inspect(workplace, findings, await workplace.projects.read(project), call),
  );
}

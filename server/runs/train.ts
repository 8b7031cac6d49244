/** A new training run: resolved, checked, given a folder, carried out. */
import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import type { EvaluationResult } from '../../protocol/run.ts';
import { orientedReader } from '../data/images/reader.ts';
import type { EngineDescription } from '../engines/engine.ts';
import { hashContents, writeContents } from './contents.ts';
import type { EventLog } from './eventLog.ts';
import { fingerprint } from './fingerprint.ts';
import { findingWarnings, refuseTurnedMasks, surveyMasks, vanishedWarning } from './maskSurvey.ts';
import type { MaskSurvey } from './maskSurvey.ts';
import { markOf } from './ownRuns.ts';
import { realParts } from './parts.ts';
import type { RunHooks, TrainRequest } from './request.ts';
import { resolveRun } from './resolve.ts';
import type { ResolvedRun } from './resolve.ts';
import { runSchemaVersion, writeRunFile } from './runFile.ts';
import type { TrainedRunFile } from './runFile.ts';
import { calmReader } from './pause.ts';
import { assertNewRunFolder, createRunFolder, newRunName, ownRunFolder } from './runFolder.ts';
import { asOnlyWriter } from './runSession.ts';
import { unscoredRows, writeScores } from './scoresFile.ts';
import { carryOut, memoryFault } from './trainingRun.ts';
import { hashOptions } from './unchanged.ts';
import { segdecVersion } from './version.ts';

async function runFileOf(
  request: TrainRequest,
  resolved: ResolvedRun,
  folder: string,
  engine: EngineDescription,
  datasetFingerprint: string,
): Promise<TrainedRunFile> {
  const { dataset, training, segmented, from } = resolved;
  const { network, preset, settings, seed, validation, weights, cacheBytes } = resolved;
  const run: TrainedRunFile = {
    schemaVersion: runSchemaVersion,
    writtenBy: segdecVersion,
    needs: '0.1.0',
    kind: 'train',
    name: basename(folder),
    created: new Date().toISOString(),
    request: { ...request },
    origins: resolved.origins.record(),
    ...{ seed, network, preset, settings, validation, weights, cacheBytes },
    dataset: {
      root: dataset.root,
      rootFromRun: relative(folder, dataset.root).split(sep).join('/'),
      layout: dataset.layout,
      ...resolved.datasetOptions,
      orientation: dataset.orientation ?? 'exif',
      images: dataset.samples.length,
      fingerprint: datasetFingerprint,
    },
    supervision: {
      positives: training.positives.length,
      negatives: training.negatives.length,
      segmented: segmented.size,
      images: [...segmented].sort(),
    },
    from: from === undefined ? null : { path: from.path, sha256: from.sha256 },
    engine: {
      ...resolved.engine,
      ...engine,
      forms: [...engine.forms],
      versions: { ...engine.versions },
    },
    versions: { segdec: segdecVersion, node: process.version },
  };
  return { ...run, mark: await markOf(run) };
}

/** A run folder among the images would make samples of its heat maps; hidden folders are not looked into. */
function refuseAmongImages(folder: string, root: string): void {
  const inside = relative(root, folder).split(sep);
  if (inside[0] === '..' || isAbsolute(inside.join(sep))) return;
  if (inside.some((part) => part.startsWith('.'))) return;
  throw new UserError(
    `${folder} lies among the images of ${root}; choose an --output outside of it, or leave --output out.`,
  );
}

/** Says what is odd about the data before the first step. */
async function warnOfData(
  { dataset, segmented, network }: ResolvedRun,
  survey: MaskSurvey,
  log: EventLog,
): Promise<void> {
  const lost = vanishedWarning(survey, segmented.size, network);
  if (lost !== undefined) await log.write({ kind: 'warning', message: lost });
  for (const { message, file } of findingWarnings([...dataset.findings, ...survey.findings])) {
    await log.write({ kind: 'warning', message, ...(file === undefined ? {} : { file }) });
  }
}

/**
 * Trains on a dataset folder and evaluates. The run folder holds everything that is returned, and all
 * that `resumeRun` needs. Throws a UserError for what cannot be trained as asked (then no folder is
 * made), and a CancelledError, with a checkpoint, when stopped.
 */
export async function trainRun(
  request: TrainRequest,
  hooks: RunHooks = {},
): Promise<EvaluationResult> {
  const parts = hooks.parts ?? (await realParts());
  if (request.output !== undefined) await assertNewRunFolder(resolve(request.output));
  const reader = parts.createReader();
  try {
    const resolved = await resolveRun(request, calmReader(reader, hooks), parts, hooks.signal);
    const { network, engine: asked, dataset } = resolved;
    const needed = parts.estimateMemory(network, asked.memoryBytes);
    const fault = memoryFault(needed, asked.memoryBytes, network);
    if (fault !== undefined) throw new UserError(fault);
    const name = newRunName(request.name ?? basename(dataset.root));
    const folder =
      request.output === undefined
        ? await ownRunFolder(resolved.project.home, name)
        : resolve(request.output);
    refuseAmongImages(folder, dataset.root);
    const oriented = orientedReader(reader, dataset.orientation);
    const survey = await surveyMasks({
      ...{ root: dataset.root, samples: resolved.samples, segmented: resolved.segmented },
      ...{ network, settings: resolved.settings, signal: hooks.signal },
      reader: calmReader(oriented, hooks),
    });
    refuseTurnedMasks(survey);
    const engine = await parts.createEngine({
      engine: asked.name,
      device: asked.requestedDevice,
      threads: asked.threads,
      memoryBytes: asked.memoryBytes,
      network,
      weights: resolved.startingWeights(),
      source: folder,
    });
    try {
      const paths = await createRunFolder(folder, hooks.fs);
      return await asOnlyWriter(paths, hooks, async (log) => {
        await log.write({ kind: 'state', state: 'starting', message: `Run folder ${folder}` });
        const hash = await fingerprint(dataset.root, dataset.samples);
        const run = await runFileOf(request, resolved, folder, engine.description, hash);
        const { samples } = resolved;
        // Before run.json, which makes the folder a run: whoever opens it finds who was trained on.
        const hashing = hashOptions(hooks, (event) => log.write(event));
        const contents = await hashContents(dataset.root, dataset.samples, hashing);
        await writeContents(paths.contents, contents, paths.files);
        await writeScores(paths.scores, unscoredRows(samples, resolved.segmented), paths.files);
        await writeRunFile(paths.run, run, paths.files);
        await warnOfData(resolved, survey, log);
        const context = { run, paths, samples, root: dataset.root, engine, log, hooks };
        return await carryOut({ ...context, reader: oriented }, undefined);
      });
    } finally {
      await engine.dispose();
    }
  } finally {
    await reader.dispose();
  }
}

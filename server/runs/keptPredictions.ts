/**
 * Predictions that a person keeps: a folder each in `.segdec/predictions` of a project, with names and scores
 * (predictions.csv for people, predictions.json for us) and a picture of every image under its heat map, named
 * like the image.
 */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import * as z from 'zod';
import { UnreadableFile, mostBytes } from '../../common/node/readLimited.ts';
import { UserError } from '../../protocol/errors.ts';
import type { FilePredictionResult, KeptPredictions } from '../../protocol/runView.ts';
import { makeFolder, writeFileWhole } from '../files/atomicWrite.ts';
import { writeCacheFile } from '../files/cacheFile.ts';
import { assertNoLinks, readKept } from '../files/kept.ts';
import { parseJson } from '../files/readJson.ts';
import { csvField, pathField } from './csv.ts';
import { share } from './numberSchemas.ts';
import { exists, insidePath, newRunName } from './runFolder.ts';

/** A picture of an image is made small enough for that. */
const mostPictureBytes = 16 * 2 ** 20;
const format = 1;

const keptSchema = z.object({
  format: z.literal(format),
  created: z.string(),
  /** Name of the run, and the folder that the images lie in. */
  run: z.string(),
  source: z.string(),
  predictions: z.array(
    z.union([
      z.object({
        file: z.string(),
        ...{ score: share, threshold: share, defective: z.boolean() },
        /** Relative to the folder. */
        picture: z.string(),
      }),
      z.object({ file: z.string(), error: z.string() }),
    ]),
  ),
});
type Kept = z.infer<typeof keptSchema>;

const folderOf = (home: string): string => join(home, '.segdec', 'predictions');
const listFile = (folder: string): string => join(folder, 'predictions.json');
const tableFile = (folder: string): string => join(folder, 'predictions.csv');

/** The folder that all files lie in. */
export function commonFolder(files: readonly string[]): string {
  const [parts = [], ...others] = files.map((file) => dirname(file).split(sep));
  for (const other of others) {
    let same = 0;
    while (same < parts.length && parts[same] === other[same]) same += 1;
    parts.length = same;
  }
  return parts.join(sep) || sep;
}

const namedFrom = (source: string, file: string): string =>
  relative(source, file).split(sep).join('/');

function tableOf({ source, predictions }: Kept): string {
  const rows = predictions.map((one) => {
    const image = pathField(namedFrom(source, one.file));
    if ('error' in one) return `${image},,,,,${csvField(one.error)}`;
    const { score, threshold, defective, picture } = one;
    const verdict = defective ? 'defective' : 'ok';
    return `${image},${score},${threshold},${verdict},${pathField(picture)},`;
  });
  return `${['image,score,threshold,verdict,picture,error', ...rows].join('\n')}\n`;
}

/** What is to be kept. */
export interface Keeping {
  /** Of the run that predicted. */
  readonly run: string;
  readonly predictions: readonly FilePredictionResult[];
}

/** Keeps predictions in `home`; gives them with the pictures that are kept. The list is written last. */
export async function keepPredictions(
  home: string,
  { run, predictions }: Keeping,
): Promise<FilePredictionResult[]> {
  const source = commonFolder(predictions.map(({ file }) => file));
  const folder = join(folderOf(home), newRunName(basename(source)));
  await assertNoLinks(home, folder);
  const kept: Kept['predictions'] = [];
  for (const one of predictions) {
    if ('error' in one) {
      kept.push(one);
      continue;
    }
    const { file, score, threshold, defective, overlay } = one;
    const picture = `heatmaps/${pictureName(namedFrom(source, file))}`;
    const target = insidePath(folder, picture);
    await makeFolder(dirname(target));
    await writeCacheFile(target, await readKept(overlay, mostPictureBytes));
    kept.push({ file, score, threshold, defective, picture });
  }
  const list: Kept = { format, created: new Date().toISOString(), run, source, predictions: kept };
  await makeFolder(folder);
  await writeFileWhole(tableFile(folder), tableOf(list));
  await writeFileWhole(listFile(folder), `${JSON.stringify(list)}\n`);
  return asShown(folder, list);
}

/** File systems take names of 255 bytes. */
function pictureName(image: string): string {
  const slash = image.lastIndexOf('/') + 1;
  const [above, name] = [image.slice(0, slash), image.slice(slash)];
  if (Buffer.byteLength(name) <= 240) return `${above}${name}.jpg`;
  const short = Array.from(name).slice(0, 50).join('');
  return `${above}${short}-${randomBytes(4).toString('hex')}.jpg`;
}

const asShown = (folder: string, { predictions }: Kept): FilePredictionResult[] =>
  predictions.map((one) => {
    if ('error' in one) return one;
    const { picture, ...others } = one;
    return { ...others, overlay: insidePath(folder, picture) };
  });

async function read(folder: string): Promise<Kept> {
  const file = listFile(folder);
  const parsed = keptSchema.safeParse(parseJson(await readKept(file, mostBytes.table), file));
  if (parsed.success) return parsed.data;
  throw new UserError(`${file} holds no predictions that this version can read; predict again.`);
}

/** The predictions of a project, the newest first; folders that hold none that can be read are left out. */
export async function listPredictions(home: string): Promise<KeptPredictions[]> {
  const above = folderOf(home);
  await assertNoLinks(home, above);
  if (!(await exists(above))) return [];
  const listed: KeptPredictions[] = [];
  for (const entry of await readdir(above, { withFileTypes: true })) {
    const folder = join(above, entry.name);
    if (!entry.isDirectory() || !(await exists(listFile(folder)))) continue;
    try {
      const { created, run, source, predictions } = await read(folder);
      const defective = predictions.filter((one) => 'score' in one && one.defective).length;
      const counts = { images: predictions.length, defective };
      listed.push({ folder, table: tableFile(folder), created, run, source, ...counts });
    } catch (error) {
      if (!(error instanceof UserError) && !(error instanceof UnreadableFile)) throw error;
    }
  }
  return listed.sort((a, b) => (a.created < b.created ? 1 : -1));
}

/** The predictions that a folder, as `listPredictions` names it, holds. */
export async function readPredictions(
  home: string,
  folder: string,
): Promise<FilePredictionResult[]> {
  const own = insidePath(folderOf(home), basename(folder));
  await assertNoLinks(home, own);
  return asShown(own, await read(own));
}

/** Which format a source is in, and the source itself. What fits none or several is a sentence. */
import { counted } from '../../../../protocol/counted.ts';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../../../protocol/errors.ts';
import { portionsOf } from '../../../../common/node/readLimited.ts';
import type { ImportFormat } from '../../../../protocol/maskExchange.ts';
import { FileTree, endingOf, readFileTree } from '../../fileTree.ts';
import { readError } from '../../../files/readWhole.ts';
import type { ImageReader } from '../../images/reader.ts';
import { cocoSource, isCoco } from './coco.ts';
import type { MaskSource } from './contract.ts';
import { cvatSource } from './cvat.ts';
import { isLabelme, labelmeSource } from './labelme.ts';
import { maskFilesOf, maskFolderSource, sureMasksOf } from './maskFolder.ts';
import { isObject } from './readSource.ts';
import type { SourceReader } from './readSource.ts';
import { severstalSource } from './severstal.ts';
import { unicodeOf } from './textEncoding.ts';
import { vocFilesOf, vocSource } from './voc.ts';
import { isYolo, isYoloFolder, otherTexts, yoloFilesOf, yoloSource } from './yolo.ts';

export interface SourceRequest {
  /** Absolute path of a file or folder. */
  readonly path: string;
  /** Absent: found out. */
  readonly format?: ImportFormat;
  /** The one class that is taken of a table with several. */
  readonly class?: string;
  readonly reader: ImageReader;
  readonly texts: SourceReader;
  readonly signal: AbortSignal;
  /** Links out of a folder of masks are followed. */
  readonly followLinks: boolean;
}

const formatNames: Readonly<Record<ImportFormat, string>> = {
  png: 'a folder of PNG or BMP masks',
  coco: 'a JSON file of COCO',
  labelme: 'JSON files of labelme',
  voc: 'a folder with SegmentationClass of Pascal VOC',
  yolo: 'text files with YOLO segments',
  cvat: 'an XML file of CVAT for images 1.1',
  severstal: "a CSV table in Severstal's form",
};

const notThis = (path: string, format: ImportFormat): UserError =>
  new UserError(`${path} is not ${formatNames[format]}; name another source or format.`);

/** Begins of files: enough to tell formats apart. */
async function beginOf(file: string): Promise<string> {
  try {
    for await (const bytes of portionsOf(file, Infinity, 4096))
      return new TextDecoder(unicodeOf(bytes)).decode(bytes);
    return '';
  } catch (error) {
    throw readError(error, file);
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw readError(error, path);
  }
}

const isTable = async (file: string): Promise<boolean> =>
  /^\uFEFF?"?ImageId(_ClassId)?"?\s*,.*EncodedPixels/.test(await beginOf(file));

/** A file by its ending, and JSON by what is in it. */
async function ofFile(request: SourceRequest): Promise<MaskSource> {
  const { path, format, reader, texts } = request;
  const ending = endingOf(path.replaceAll('\\', '/'));
  if (ending === '.json' && (format === undefined || format === 'coco' || format === 'labelme')) {
    const value = await texts.json(path);
    if (format === 'coco' || (format === undefined && isCoco(value)))
      return cocoSource(path, value);
    if (format === 'labelme' || isLabelme(value)) {
      return labelmeSource(dirname(path), [basename(path)], { texts, images: reader });
    }
    if (isObject(value) && Array.isArray(value['images'])) {
      throw new UserError(
        `${path} has "images" as COCO has, and no list "annotations"; export it with them.`,
      );
    }
    throw new UserError(
      `${path} is JSON neither of COCO ("images", "annotations") nor of labelme ("shapes", "imagePath"); name another source.`,
    );
  }
  if (ending === '.xml' && (format ?? 'cvat') === 'cvat') return cvatSource(path, request.texts);
  if (ending === '.csv' && (format ?? 'severstal') === 'severstal') {
    if (await isTable(path)) return severstalSource(path, request.class);
    throw new UserError(
      `${path} has no columns ImageId, ClassId and EncodedPixels; name a table in Severstal's form.`,
    );
  }
  if (ending === '.txt' && (format ?? 'yolo') === 'yolo') {
    const tree = new FileTree([basename(path)]);
    return yoloSource(dirname(path), tree, tree.files, texts);
  }
  if (format !== undefined) throw notThis(path, format);
  throw new UserError(
    `${path} holds no masks in a format that is read; name a folder of masks, or a file of COCO (.json), labelme (.json), CVAT (.xml), YOLO (.txt) or Severstal (.csv).`,
  );
}

/** Text files with content that are looked at before a folder counts as one of YOLO. */
const textsRead = 20;

async function holdsYolo(root: string, tree: FileTree): Promise<boolean> {
  const files = yoloFilesOf(tree);
  const isFolder = isYoloFolder(tree);
  let read = 0;
  for (const path of files) {
    const begin = await beginOf(join(root, path));
    if (isYolo(begin, isFolder)) return true;
    // Images without a region have empty files.
    if (begin.trim() !== '') read += 1;
    if (read === textsRead) break;
  }
  return read === 0 && files.length > 0 && isFolder;
}

async function holdsTable(root: string, tree: FileTree): Promise<boolean> {
  const tables = tree.files.filter((path) => endingOf(path) === '.csv');
  for (const path of tables) if (await isTable(join(root, path))) return true;
  return false;
}

/** COCO files begin with lists of many things; labelme's with a version, flags and shapes. */
async function jsonFormats(root: string, tree: FileTree): Promise<ImportFormat[]> {
  const found = new Set<ImportFormat>();
  for (const path of jsonFiles(tree)) {
    if (found.size === 2) break;
    const begin = await beginOf(join(root, path));
    if (/"(shapes|imagePath|flags)"\s*:/.test(begin)) found.add('labelme');
    else if (/"(info|licenses|images|annotations|categories)"\s*:/.test(begin)) found.add('coco');
  }
  return [...found];
}

const jsonFiles = (tree: FileTree): string[] =>
  tree.files.filter((path) => endingOf(path) === '.json');
const xmlFiles = (tree: FileTree): string[] =>
  tree.files.filter((path) => endingOf(path) === '.xml');

/** The formats that a folder's names and begins of files speak for. */
async function formatsOf(root: string, tree: FileTree): Promise<ImportFormat[]> {
  // VOC's folder has XML and text files of its own, which say nothing of masks.
  if (tree.files.some((path) => /(^|\/)SegmentationClass\//.test(path))) return ['voc'];
  const found = await jsonFormats(root, tree);
  for (const path of xmlFiles(tree)) {
    if (!(await beginOf(join(root, path))).includes('<annotations')) continue;
    found.push('cvat');
    break;
  }
  if (await holdsYolo(root, tree)) found.push('yolo');
  if (await holdsTable(root, tree)) found.push('severstal');
  // Pictures lie beside most labels.
  if (found.length === 0 && maskFilesOf(tree).length > 0) {
    assertNoLabels(root, tree);
    found.push('png');
  }
  return found;
}

/** Files of a dataset itself, which say nothing of masks. */
const ownTables = /(^|\/)(labels\.csv|segdec\.json)$/;

/** Throws a UserError for pictures beside files that may be their labels: they would be photos. */
function assertNoLabels(root: string, tree: FileTree): void {
  if (sureMasksOf(tree).length > 0) return;
  const label = tree.files.find(
    (path) =>
      ['.txt', '.json', '.xml', '.csv'].includes(endingOf(path)) &&
      !otherTexts.test(path) &&
      !ownTables.test(path),
  );
  if (label === undefined) return;
  throw new UserError(
    `${root} holds no masks that are surely some: pictures, and ${label} in a format that is not read; say which format it is in, or put masks into a folder "masks".`,
  );
}

/** The one file of a kind, as an absolute path. */
function onlyOne(root: string, files: readonly string[], format: ImportFormat): string {
  const [file] = files;
  if (file === undefined) throw notThis(root, format);
  if (files.length === 1) return join(root, file);
  throw new UserError(
    `${root} holds ${counted(files.length, 'file')} that may be ${formatNames[format]} (${files.slice(0, 3).join(', ')}${files.length > 3 ? ', …' : ''}); name the one to import.`,
  );
}

async function detected(path: string, tree: FileTree): Promise<ImportFormat> {
  const [format, ...more] = await formatsOf(path, tree);
  if (format === undefined) {
    throw new UserError(
      `${path} holds no masks in a format that is read (${Object.keys(formatNames).join(', ')}); name another source.`,
    );
  }
  if (more.length === 0) return format;
  throw new UserError(
    `${path} may be ${[format, ...more].map((one) => formatNames[one]).join(' or ')}; say which format it is in.`,
  );
}

async function ofFolder(request: SourceRequest): Promise<MaskSource> {
  const { path, reader, texts } = request;
  const tree = await readFileTree(path, {
    signal: request.signal,
    followLinks: request.followLinks,
  });
  const format = request.format ?? (await detected(path, tree));
  const some = (files: readonly string[]): readonly string[] => {
    if (files.length === 0) throw notThis(path, format);
    return files;
  };
  switch (format) {
    case 'png':
      some(maskFilesOf(tree));
      return maskFolderSource(path, tree, reader);
    case 'voc':
      some(vocFilesOf(tree));
      return vocSource(path, tree, reader);
    case 'yolo':
      return yoloSource(path, tree, some(yoloFilesOf(tree)), texts);
    case 'labelme':
      return labelmeSource(path, some(jsonFiles(tree)), { texts, images: reader });
    case 'coco': {
      const file = onlyOne(path, jsonFiles(tree), format);
      return cocoSource(file, await texts.json(file));
    }
    case 'cvat':
      return cvatSource(onlyOne(path, xmlFiles(tree), format), texts);
    case 'severstal': {
      const tables = tree.files.filter((file) => endingOf(file) === '.csv');
      return severstalSource(onlyOne(path, tables, format), request.class);
    }
  }
}

/** The source of masks at a path. Throws a UserError for one in no format, or in several. */
export async function openMaskSource(request: SourceRequest): Promise<MaskSource> {
  return (await isFolder(request.path)) ? await ofFolder(request) : await ofFile(request);
}

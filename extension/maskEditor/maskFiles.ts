/** The mask files of an image through the server: bits come and go as files in the cache. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors.ts';
import { mostBytes, readLimited } from '../../common/node/readLimited.ts';
import { mostSide } from '../../protocol/mask/bits.ts';
import type { LayerName, Layers } from '../../protocol/mask/edits.ts';
import type { MaskWritten, OpenedMask } from '../../protocol/masks.ts';
import { requests } from '../../protocol/messages.ts';
import type { Services } from '../context.ts';
import { inTime } from '../inTime.ts';
import type { LabelPlace } from '../labels/labelStore.ts';
import { layersOf } from './maskModel.ts';

/** An image of a dataset, as requests name it. */
export interface MaskPlace {
  readonly place: LabelPlace;
  /** Relative to the dataset folder. */
  readonly image: string;
}

/** What the files of a mask hold. */
export interface FileMask {
  readonly width: number;
  readonly height: number;
  /** Of no size where the image is too large to be edited. */
  readonly layers: Layers;
  readonly stamp: string;
  /** Absolute. */
  readonly target: string;
  /** As the image's row in labels.csv has to name it for it to count; undefined where it counts anyway. */
  readonly maskCell: string | undefined;
  /** '' where it can be edited. */
  readonly readOnly: string;
}

/** Milliseconds that an editor waits for a server that is starting, and for it to have read the folder. */
const patience = 8000;

/** Reads a mask from its files. `now`: the server is there or the answer is no. */
export async function readMask(
  services: Services,
  { place, image }: MaskPlace,
  when: 'now' | 'wait',
): Promise<FileMask> {
  const { project, dataset } = place;
  const { server } = services;
  const asked = (): Promise<OpenedMask> => server.request(requests.maskOpen, { project, image });
  const late = vscode.l10n.t('The SegDec server did not start in time.');
  const opened = await (when === 'now'
    ? asked()
    : inTime(server.start().then(asked), patience, late));
  const { width, height, stamp, readOnly } = opened;
  const isTooLarge = width > mostSide || height > mostSide;
  const bytesOf = async (file: string | null): Promise<Uint8Array | null> =>
    file === null || isTooLarge ? null : await readLimited(file, mostBytes.image);
  const [defect, ignore] = await Promise.all([bytesOf(opened.defect), bytesOf(opened.ignore)]);
  const size = isTooLarge ? 0 : 1;
  return {
    ...{ width, height, stamp },
    layers: layersOf(size * width, size * height, { defect, ignore }),
    target: join(dataset, opened.target),
    maskCell: opened.needsRow ? opened.target : undefined,
    readOnly:
      readOnly ??
      (isTooLarge
        ? vscode.l10n.t(
            'Images of more than {0} pixels a side are shown, but their masks cannot be edited.',
            mostSide,
          )
        : ''),
  };
}

export interface MaskWriting {
  readonly layers: Layers;
  /** Others stay as they are in the files. */
  readonly changed: readonly LayerName[];
  /** Null writes whatever the files are now. */
  readonly stamp: string | null;
}

/** Writes layers; nothing is written in a conflict. */
export async function writeMask(
  { server, extension }: Services,
  { place, image }: MaskPlace,
  { layers, changed, stamp }: MaskWriting,
): Promise<MaskWritten> {
  const folder = vscode.Uri.joinPath(extension.globalStorageUri, 'cache', 'edits').fsPath;
  const name = randomUUID();
  const files: string[] = [];
  const fileOf = async (layer: LayerName): Promise<string | null> => {
    if (!changed.includes(layer)) return null;
    const file = join(folder, `${name}.${layer}`);
    files.push(file);
    await writeFile(file, layers[layer].bytes);
    return file;
  };
  if (server.state.name !== 'running') {
    throw new UserError(
      vscode.l10n.t(
        'The mask cannot be saved while the SegDec server is away. Your edits are kept, and are saved when it is back.',
      ),
    );
  }
  try {
    await mkdir(folder, { recursive: true });
    const [defect, ignore] = [await fileOf('defect'), await fileOf('ignore')];
    const { width, height } = layers.defect;
    const what = { project: place.project, image, width, height, defect, ignore, stamp };
    return await server.request(requests.maskWrite, what);
  } finally {
    await Promise.all(files.map((file) => rm(file, { force: true })));
  }
}

/** What the files hold now. */
export async function stampNow({ server }: Services, { place, image }: MaskPlace): Promise<string> {
  const { stamp } = await server.request(requests.maskStamp, { project: place.project, image });
  return stamp;
}

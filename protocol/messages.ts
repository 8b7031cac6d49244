/**
 * Every message between an editor and the language server beyond the language server protocol itself
 * (docs/protocol.md): method, validator of the parameters, type of the result. Both ends import these.
 */
import { NotificationType, ProgressType, RequestType } from 'vscode-jsonrpc';
import * as z from 'zod/mini';
import { orientationNames } from './dataset.ts';
import type { Inspected } from './dataset.ts';
import type {
  FoundImage,
  GroupsResult,
  LocateResult,
  PageResult,
  ProjectInfo,
} from './explorer.ts';
import { querySchema } from './explorer.ts';
import { maskExportSchema, maskImportSchema } from './maskExchange.ts';
import type { MaskExportReport, MaskImportReport } from './maskExchange.ts';
import type { ImageHeatmap, ImageTiles, MaskWritten, OpenedMask } from './masks.ts';
import type { EvaluationResult } from './run.ts';
import type {
  FilePredictionResult,
  KeptPredictions,
  RunEventsResult,
  RunItem,
  TrainEstimate,
} from './runView.ts';
import { trainOptionsSchema } from './runView.ts';

/** Codes of errors that answer a request; the message is one sentence. */
export const errorCodes = {
  /** Something the person can mend. */
  badInput: -33001,
  /** The listing has another version than the page that was asked for: ask again from the start. */
  stale: -33002,
  /** The workspace is not trusted, and this would run something. */
  untrusted: -33003,
  /** The person asked to stop (the language server protocol's own code). */
  cancelled: -32800,
  /** A fault of ours; the log has more. */
  internal: -32603,
} as const;

/** Comes with an error where there is a way out: the command to offer as a button. */
export interface ErrorFix {
  readonly title: string;
  readonly command: string;
  readonly arguments?: readonly unknown[];
}
export interface ErrorData {
  readonly fix?: ErrorFix;
}

export interface Request<P, R> {
  readonly type: RequestType<P, R, ErrorData>;
  readonly params: z.ZodMiniType<P>;
}
export interface Notice<P> {
  readonly type: NotificationType<P>;
  readonly params: z.ZodMiniType<P>;
}

function request<R>() {
  return <P>(method: string, params: z.ZodMiniType<P>): Request<P, R> => ({
    type: new RequestType<P, R, ErrorData>(method),
    params,
  });
}

/** How far a request is; `total` is 0 while it is not known. */
export interface TaskProgress {
  readonly done: number;
  readonly total: number;
  readonly message: string;
}
export const taskProgress = new ProgressType<TaskProgress>();
/** A token that the asker chose, under which progress is reported. */
const token = z.optional(z.string());

const project = z.string();
const run = z.object({ run: z.string() });
const image = z.string();
const listed = { project, query: querySchema };
/** Images of one page; a page is small enough to travel and be drawn at once. */
export const mostOfPage = 1000;
const imageList = z.array(z.string()).check(z.maxLength(mostOfPage));

export const requests = {
  /** Opens or changes nothing: the projects of the open folders. */
  projectList: request<readonly ProjectInfo[]>()('segdec/project/list', z.object({})),
  /** Reads a project's folder anew, whatever the watcher has seen. */
  projectRefresh: request<null>()('segdec/project/refresh', z.object({ project })),
  /**
   * Writes a segdec.json into an open folder; never over another. With `dataset`, the folder below that holds the
   * images ("." for all of it): also into a file that names none yet. Gives its path.
   */
  projectCreate: request<{ readonly file: string }>()(
    'segdec/project/create',
    z.object({ folder: z.string(), dataset: z.optional(z.string()) }),
  ),
  /**
   * The person says that a project may use a place outside of it, which its segdec.json or a run names. Holds as
   * long as the server runs: whoever asks keeps it for the next one (initializationOptions). Refused untrusted.
   */
  placeAllow: request<null>()('segdec/place/allow', z.object({ project, place: z.string() })),
  /** Writes `orientation` into segdec.json: how images with an EXIF orientation lie. */
  projectOrient: request<null>()(
    'segdec/project/orient',
    z.object({ project, orientation: z.enum(orientationNames) }),
  ),
  /** Writes a synthetic dataset with its segdec.json into a new or empty folder. */
  sampleCreate: request<{ readonly folder: string; readonly images: number }>()(
    'segdec/sample/create',
    z.object({ folder: z.string(), images: z.optional(z.int()), token }),
  ),

  /** The groups below a group (null: the top). */
  datasetGroups: request<GroupsResult>()(
    'segdec/dataset/groups',
    z.object({ ...listed, parent: z.nullable(z.string()) }),
  ),
  /** Images that lie in a group itself (null: all images, flat). Stale when `version` is another's. */
  datasetPage: request<PageResult>()(
    'segdec/dataset/page',
    z.object({
      ...listed,
      group: z.nullable(z.string()),
      offset: z.int().check(z.nonnegative()),
      limit: z.int().check(z.positive(), z.maximum(mostOfPage)),
      version: z.nullable(z.int()),
    }),
  ),
  /** Where an image is in a view; null when the filter leaves it out. `flat`: as datasetPage of null. */
  datasetLocate: request<LocateResult | null>()(
    'segdec/dataset/locate',
    z.object({ ...listed, image: z.string(), flat: z.boolean() }),
  ),
  /** The images behind absolute file paths; null for a file that is none. */
  datasetLookup: request<readonly (FoundImage | null)[]>()(
    'segdec/dataset/lookup',
    z.object({ files: imageList }),
  ),
  /** Checks every image and mask; the findings become diagnostics. */
  datasetInspect: request<Inspected>()('segdec/dataset/inspect', z.object({ project, token })),
  /** Small pictures in the cache, as absolute paths; null for an image that cannot be read. */
  pictureGet: request<readonly (string | null)[]>()(
    'segdec/picture/get',
    z.object({
      project,
      images: z.array(z.string()).check(z.maxLength(200)),
      /** `overlay`: under its heat map of the active run, with the outline of its mask. */
      kind: z.enum(['plain', 'overlay']),
      /** Longest side in pixels. */
      side: z.int().check(z.minimum(16), z.maximum(2048)),
    }),
  ),

  /** The image as tiles in the cache, for a view that zooms. */
  imageTiles: request<ImageTiles>()('segdec/image/tiles', z.object({ project, image })),
  /** The active run's heat map of an image, in the cache. */
  imageHeatmap: request<ImageHeatmap>()('segdec/image/heatmap', z.object({ project, image })),
  /** The mask and ignore mask of an image as bits in the cache, for editing. Never refuses a large image: it is read-only then. */
  maskOpen: request<OpenedMask>()('segdec/mask/open', z.object({ project, image })),
  /** What maskOpen's `stamp` would be now. */
  maskStamp: request<{ readonly stamp: string }>()(
    'segdec/mask/stamp',
    z.object({ project, image }),
  ),
  /** Writes layers in the layout's own format and place. Nothing is written when `stamp` is not the files' any more. */
  maskWrite: request<MaskWritten>()(
    'segdec/mask/write',
    z.object({
      project,
      image,
      /** Of the image that was painted on: one that has another size by now is refused. */
      width: z.int().check(z.positive()),
      height: z.int().check(z.positive()),
      /** Absolute paths of files in the cache with the bytes of MaskBits; null leaves a layer as it is. */
      defect: z.nullable(z.string()),
      ignore: z.nullable(z.string()),
      /** Of the files that the edit began with; null writes whatever they are now. */
      stamp: z.nullable(z.string()),
    }),
  ),

  /** Brings masks of other programs into the dataset, with labels for images that have none. Cancelled: whole masks stay. */
  maskImport: request<MaskImportReport>()('segdec/mask/import', maskImportSchema),
  /** Writes the masks of the dataset in a format of other programs. Cancelled: no file, or a folder of whole masks. */
  maskExport: request<MaskExportReport>()('segdec/mask/export', maskExportSchema),

  runList: request<readonly RunItem[]>()('segdec/run/list', z.object({ project })),
  /** What a run would be. */
  runEstimate: request<TrainEstimate>()(
    'segdec/run/estimate',
    z.object({ project, options: trainOptionsSchema }),
  ),
  /** Starts a process of its own, which outlives editor and server; answers once the run has its folder. */
  runStart: request<{ readonly run: string }>()(
    'segdec/run/start',
    z.object({ project, options: trainOptionsSchema }),
  ),
  runResume: request<null>()('segdec/run/resume', run),
  /** Asks the run to stop with a checkpoint; it ends at its next step. */
  runCancel: request<null>()('segdec/run/cancel', run),
  /** Scores the run's dataset again. */
  runEvaluate: request<EvaluationResult>()(
    'segdec/run/evaluate',
    z.object({ run: z.string(), token }),
  ),
  /** Shows this run's scores (null: the newest finished run's); kept in segdec.json. */
  runActivate: request<null>()(
    'segdec/run/activate',
    z.object({ project, run: z.nullable(z.string()) }),
  ),
  runRename: request<null>()(
    'segdec/run/rename',
    z.object({ run: z.string(), name: z.string().check(z.minLength(1), z.maxLength(80)) }),
  ),
  /** Removes the run folder and what is in it. */
  runDelete: request<null>()('segdec/run/delete', run),
  /** The events of a run from a byte offset on. */
  runEvents: request<RunEventsResult>()(
    'segdec/run/events',
    z.object({ run: z.string(), offset: z.int().check(z.nonnegative()) }),
  ),
  /** Writes the run's model as ONNX and scores images again from the file. */
  runExport: request<{
    readonly file: string;
    readonly checkedImages: number;
    readonly largestScoreDifference: number;
  }>()('segdec/run/export', z.object({ run: z.string(), file: z.string(), token })),

  /**
   * Scores files with the active run. A folder stands for the images in it. `keep`: names, scores and pictures are
   * kept in the project.
   */
  predictFiles: request<readonly FilePredictionResult[]>()(
    'segdec/predict/files',
    z.object({ project, files: imageList, keep: z.optional(z.boolean()), token }),
  ),
  /** Predictions that were kept, the newest first. */
  predictionList: request<readonly KeptPredictions[]>()(
    'segdec/prediction/list',
    z.object({ project }),
  ),
  /** What a folder of that list holds. */
  predictionRead: request<readonly FilePredictionResult[]>()(
    'segdec/prediction/read',
    z.object({ project, folder: z.string() }),
  ),
  /** What `segdec doctor` finds, as text. */
  doctorRun: request<{ readonly text: string; readonly works: boolean }>()(
    'segdec/doctor/run',
    z.object({}),
  ),
} as const;

function notice<P>(method: string, params: z.ZodMiniType<P>): Notice<P> {
  return { type: new NotificationType<P>(method), params };
}

/** From the editor to the server. */
export const notices = {
  /** labels.csv was written: no need to wait for the watcher. */
  labelsChanged: notice('segdec/labels/changed', z.object({ project })),
  /** The person trusts the workspace from now on. */
  trustGranted: notice('segdec/trust/granted', z.object({})),
} as const;

/** From the server to the editor. */
export const reports = {
  /** Projects came, went or changed: images, labels, scores or the active run. */
  projectsChanged: new NotificationType<{ readonly projects: readonly ProjectInfo[] }>(
    'segdec/projects/changed',
  ),
  /** All runs of a project, at most twice a second while one of them runs. */
  runsChanged: new NotificationType<{
    readonly project: string;
    readonly runs: readonly RunItem[];
  }>('segdec/runs/changed'),
} as const;

/** What the client says when it starts the server (initializationOptions). */
export const initializationSchema = z.object({
  /** Absolute folder for pictures and maps that can be made again. */
  cacheFolder: z.optional(z.string()),
  /** False: nothing that runs or infers is started. Default true. */
  trusted: z.optional(z.boolean()),
  /** Places outside of a project, links followed, that the person lets it use; none while untrusted. */
  places: z.optional(z.array(z.object({ project: z.string(), place: z.string() }))),
});
export type Initialization = z.infer<typeof initializationSchema>;

/** The settings that the server asks the client for, section `segdec`. */
export const settingsSchema = z.object({
  diagnostics: z.optional(
    z.object({ findings: z.optional(z.boolean()), mistakes: z.optional(z.boolean()) }),
  ),
  inlayHints: z.optional(z.object({ enabled: z.optional(z.boolean()) })),
  threads: z.optional(z.nullable(z.number())),
  memory: z.optional(z.nullable(z.number())),
});
export type Settings = z.infer<typeof settingsSchema>;

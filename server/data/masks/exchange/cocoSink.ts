/** Writes COCO's instances as a stream: images by their headers, then annotations, one image at a time. */
import type { MaskBits } from '../../../../protocol/mask/bits.ts';
import { regionsOf } from '../../../../protocol/mask/regions.ts';
import type { Regions } from '../../../../protocol/mask/regions.ts';
import { eachSpan } from '../../../../protocol/mask/runs.ts';
import { writeFileWhole } from '../../../files/atomicWrite.ts';
import type { EachSpan } from '../columnRuns.ts';
import { layerOf } from './canvas.ts';
import { countsOf, textOfCounts } from './cocoRuns.ts';
import type { Exported, ExportedImage, MaskSink } from './contract.ts';

const defect = 'defect';
const ignored = 'ignore';

/** A kind of the name of the ignored pixels would come back as such. */
const categoryOf = (kind: string): string =>
  kind === '' || layerOf(kind) === 'ignore' ? defect : kind;

/** The spans of each region, one region after the other. */
function spansByRegion({ count, runs, regionOfRun }: Regions): EachSpan[] {
  const places: number[][] = Array.from({ length: count }, () => []);
  regionOfRun.forEach((region, run) => places[region]?.push(3 * run));
  return places.map(
    (own) => (use) => own.forEach((at) => use(runs[at] ?? 0, runs[at + 1] ?? 0, runs[at + 2] ?? 0)),
  );
}

interface Part {
  readonly spans: EachSpan;
  readonly category: number;
  readonly isCrowd: boolean;
}

function annotationOf(part: Part, size: MaskBits, id: number, image: number): string {
  let [left, top, right, bottom, area] = [size.width, size.height, 0, 0, 0];
  part.spans((y, x0, x1) => {
    [left, right] = [Math.min(left, x0), Math.max(right, x1)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
    area += x1 - x0;
  });
  return JSON.stringify({
    id,
    image_id: image,
    category_id: part.category,
    iscrowd: part.isCrowd ? 1 : 0,
    area,
    bbox: [left, top, right - left, bottom - top],
    segmentation: {
      size: [size.height, size.width],
      counts: textOfCounts(countsOf(part.spans, size)),
    },
  });
}

class CocoWriter {
  readonly #exported: Exported;
  readonly #categories: readonly string[];
  readonly #ids = new Map<string, number>();
  annotations = 0;

  constructor(exported: Exported) {
    this.#exported = exported;
    const kinds = exported.kinds.map(categoryOf);
    this.#categories = [...new Set([defect, ...kinds]), ignored];
  }

  async *text(): AsyncGenerator<string> {
    yield '{"info":{"description":"Masks exported by SegDec"},\n"categories":[';
    yield this.#categories.map((name, i) => `\n${JSON.stringify({ id: i + 1, name })}`).join(',');
    yield '],\n"images":[';
    for await (const { sample, size } of this.#exported.sizes()) {
      const id = this.#ids.size + 1;
      this.#ids.set(sample.image, id);
      const image = { id, file_name: sample.image, ...size };
      yield `${id === 1 ? '' : ','}\n${JSON.stringify(image)}`;
    }
    yield '],\n"annotations":[';
    for await (const image of this.#exported.images()) yield* this.#annotations(image);
    yield ']}\n';
  }

  *#annotations({ sample, defect: marked, ignore }: ExportedImage): Generator<string> {
    const image = this.#ids.get(sample.image);
    // An image that could not be read a moment ago is not listed.
    if (image === undefined) return;
    const idOf = (name: string): number => this.#categories.indexOf(name) + 1;
    if (marked !== undefined) {
      const category = idOf(categoryOf(sample.kind));
      for (const spans of spansByRegion(regionsOf(marked))) {
        yield this.#next({ spans, category, isCrowd: false }, marked, image);
      }
    }
    if (ignore === undefined || ignore.isEmpty) return;
    const whole = { x: 0, y: 0, width: ignore.width, height: ignore.height };
    const spans: EachSpan = (use) => eachSpan(ignore, whole, use);
    yield this.#next({ spans, category: idOf(ignored), isCrowd: true }, ignore, image);
  }

  #next(part: Part, size: MaskBits, image: number): string {
    this.annotations += 1;
    const before = this.annotations === 1 ? '' : ',';
    return `${before}\n${annotationOf(part, size, this.annotations, image)}`;
  }
}

export const cocoSink: MaskSink = {
  format: 'coco',
  isFolder: false,
  losesIgnored: false,
  write: async (output, exported) => {
    const writer = new CocoWriter(exported);
    await writeFileWhole(output, writer.text());
    return writer.annotations;
  },
};

/** A grid's page with the extension's own session behind it, on a dataset in memory. */
import type { Browser } from 'playwright-core';
import { vi } from 'vitest';
import type { Sample } from '../../../protocol/dataset.ts';
import type { ImageItem, ImageQuery } from '../../../protocol/explorer.ts';
import type { FromGrid, GridPlace, GridTaste, ToGrid } from '../../../protocol/webview.ts';
import { fromGrid } from '../../../protocol/webview.ts';
import { GridSession } from '../../../extension/grid/gridSession.ts';
import type { LabelChange } from '../../../extension/labels/labelStore.ts';
import type { ShownScores } from '../../../server/language/project/imageIndex.ts';
import { seededRandom } from '../../support/random.ts';
import { CancellationSource, Emitter } from './emitter.ts';
import { FakeServer, isAway, isStale, project } from './fakeServer.ts';
import type { OpenOptions } from './viewPage.ts';
import { ViewPage } from './viewPage.ts';

vi.mock('vscode', () => ({
  l10n: {
    t: (text: string, ...values: unknown[]) =>
      values.reduce<string>((all, value, i) => all.replace(`{${i}}`, String(value)), text),
  },
}));

/** Parts with all kinds of labels, the same each time. */
export function makeSamples(count: number): Sample[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, (_, i): Sample => {
    const draw = random();
    const image = `line ${1 + (i % 3)}/part_${String(i).padStart(5, '0')}.png`;
    const common = { image, split: i % 5 === 0 ? 'test' : 'train', weak: false } as const;
    if (draw < 0.4) return { ...common, label: 'ok', kind: '' };
    if (draw < 0.75) return { ...common, label: 'unlabelled', kind: '' };
    const kind = draw < 0.85 ? 'scratch' : 'dent';
    const mask = draw < 0.9 ? { mask: { kind: 'file', path: `masks/${i}.png` } as const } : {};
    return { ...common, label: 'defective', kind, ...mask };
  });
}

export function makeScores(samples: readonly Sample[]): ShownScores {
  const random = seededRandom(11);
  const scores = samples.map(({ image, label }): [string, number] => {
    const mean = label === 'defective' ? 0.75 : 0.2;
    return [image, Math.min(0.999, Math.max(0.001, mean + 0.95 * (random() - 0.5)))];
  });
  return { scores: new Map(scores), threshold: 0.5 };
}

/** Labels as the store gives them: at once, before the server has them. */
class FakeLabels {
  readonly #changed = new Emitter<void>();
  readonly #labels = new Map<string, LabelChange>();
  readonly written: { images: readonly string[]; change: LabelChange; title: string }[] = [];
  readonly onDidChange = this.#changed.event;

  async set(
    _: unknown,
    images: readonly string[],
    change: LabelChange,
    title: string,
  ): Promise<void> {
    this.written.push({ images, change, title });
    for (const image of images) this.#labels.set(image, change);
    this.#changed.fire();
  }

  applied(_: string, item: ImageItem): ImageItem {
    const label = this.#labels.get(item.image)?.label;
    if (label === undefined) return item;
    if (label === 'ok') return { ...item, label, state: 'ok' };
    if (label === 'defective') return { ...item, label, state: item.mask ? 'mask' : 'weak' };
    return { ...item, label: 'unlabelled', state: 'unlabelled', outcome: '' };
  }

  /** The labels as the dataset has them when the server has read them. */
  settled(samples: Sample[]): Sample[] {
    return samples.map((sample) => {
      const label = this.#labels.get(sample.image)?.label;
      return label === undefined ? sample : { ...sample, label: label || 'unlabelled' };
    });
  }
}

class FakeExplorer {
  readonly #changed = new Emitter<void>();
  readonly onDidChangeQuery = this.#changed.event;
  readonly revealed: string[] = [];
  query: ImageQuery = { groupBy: 'split', sortBy: 'name', filter: {} };

  reveal(_: string, image: string): void {
    this.revealed.push(image);
  }

  change(query: Partial<ImageQuery>): void {
    this.query = { ...this.query, ...query };
    this.#changed.fire();
  }
}

export interface GridOptions {
  readonly samples?: readonly Sample[];
  readonly scored?: boolean;
  readonly place?: GridPlace;
  readonly taste?: Partial<GridTaste>;
}

export interface GridFixture {
  readonly server: FakeServer;
  readonly labels: FakeLabels;
  readonly explorer: FakeExplorer;
  readonly opened: string[];
  readonly errors: unknown[];
  readonly warnings: string[];
  readonly view: ViewPage<ToGrid, FromGrid>;
}

export type GridPageOptions = Partial<OpenOptions<ToGrid, FromGrid>>;

export async function openGrid(
  browser: Browser,
  { samples = makeSamples(10_000), scored = true, place, taste }: GridOptions = {},
  page: GridPageOptions = {},
): Promise<GridFixture> {
  const { gridWordsNow, absenceWords, markTitle } =
    await import('../../../extension/grid/words.ts');
  const server = new FakeServer(samples, scored ? makeScores(samples) : undefined);
  const [labels, explorer] = [new FakeLabels(), new FakeExplorer()];
  const record = { opened: [] as string[], errors: [] as unknown[], warnings: [] as string[] };
  let liked: GridTaste = { size: 160, kind: 'plain', advance: true, ...taste };
  const view = await ViewPage.open<ToGrid, FromGrid>(browser, {
    bundle: 'grid',
    incoming: fromGrid,
    ...page,
    serve: (port) =>
      new GridSession(place ?? { project, group: null }, port, {
        ...{ server, projects: server.projects, labels, explorer, markTitle, isStale, isAway },
        words: gridWordsNow(),
        absence: absenceWords(),
        taste: () => liked,
        keepTaste: (next) => (liked = next),
        newCancellation: () => new CancellationSource(),
        open: async (_, image) => record.opened.push(image),
        serverCommand: (command) => record.opened.push(`server.${command}`),
        showError: (error) => record.errors.push(error),
        warn: (problem) => record.warnings.push(problem),
      }),
  });
  return { server, labels, explorer, view, ...record };
}

/** The HTML page from what was evaluated: text is escaped, nothing is loaded from anywhere. */
import type { RunEvent } from '../../protocol/run.ts';
import { networkText } from '../runs/checkpoint.ts';
import type { EvaluatedRun } from '../runs/evaluate.ts';
import type { ScoreRow } from '../runs/scoresFile.ts';
import { chartSvg, roundAbove } from './charts.ts';
import type { Series } from './charts.ts';
import type { PictureGroup } from './choice.ts';
import type { Pictures } from './pictures.ts';
import { counted } from '../runs/text.ts';
import { figureGroups, nothingLearnedText } from './figures.ts';
import { style } from './style.ts';
import { escapeMarkup, figureText } from './text.ts';

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export interface PagePicture {
  readonly row: ScoreRow;
  readonly kind: string;
  readonly pictures: Pictures | undefined;
}
export interface PageGroup extends Omit<PictureGroup, 'rows'> {
  readonly pictures: readonly PagePicture[];
}

/** What is said beside an average precision that means nothing. */
const meaning = ({ nothingLearned: nothing }: EvaluatedRun['result']): string =>
  nothing === null ? '' : `<p><strong>${nothingLearnedText(nothing)}</strong></p>`;

function headline({ metrics: file, result }: EvaluatedRun): string {
  const { metrics, atShippedThreshold: at } = file;
  const boxes = [
    ['average precision', figureText(metrics.averagePrecision)],
    ['missed defects', String(at.falseNegatives)],
    ['false alarms', String(at.falsePositives)],
    ['pixel AP', figureText(metrics.pixelAveragePrecision)],
    ['shipped threshold', figureText(file.shippedThreshold.value)],
  ];
  const items = boxes.map(([name, value]) => `<li><strong>${value}</strong>${name}</li>`);
  return `<ul class="headline">${items.join('')}</ul>${meaning(result)}`;
}

function metricsTables({ metrics: { reasons }, result }: EvaluatedRun): string {
  const tables = figureGroups(result).map(({ title, figures }) => {
    const rows = figures.map(({ name, value, key }) => {
      const why = key === undefined ? undefined : reasons[key];
      const reason = why === undefined ? '' : ` <span class="quiet">${escapeMarkup(why)}</span>`;
      return `<tr><th scope="row">${capitalised(name)}</th><td class="figure">${value}${reason}</td></tr>`;
    });
    return `<h3>${escapeMarkup(title)}</h3><table><tbody>${rows.join('')}</tbody></table>`;
  });
  return tables.join('');
}

function kindsTable({ metrics: { kinds } }: EvaluatedRun): string {
  if (kinds.every(({ kind }) => kind === '')) return '';
  const rows = kinds.map(
    ({ kind, images, found }) =>
      `<tr><th scope="row">${escapeMarkup(kind === '' ? 'not named' : kind)}</th><td class="figure">${images}</td><td class="figure">${found}</td></tr>`,
  );
  return `<div><h3>Found at the shipped threshold, by kind</h3><table><thead><tr><th>Kind</th><th class="figure">Images</th><th class="figure">Found</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function areasTable({ metrics: { defectsByArea } }: EvaluatedRun): string {
  const rows = defectsByArea
    .filter(({ defects }) => defects > 0)
    .map(({ minArea, maxArea, defects, met }) => {
      const range = maxArea === null ? `${minArea} and more` : `${minArea} to ${maxArea - 1}`;
      return `<tr><th scope="row">${range}</th><td class="figure">${defects}</td><td class="figure">${met}</td></tr>`;
    });
  if (rows.length === 0) return '';
  return `<div><h3>Defects met by a predicted region, by area</h3><table><thead><tr><th>Pixels</th><th class="figure">Defects</th><th class="figure">Met</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function curves({ metrics: { curves: points, reasons } }: EvaluatedRun): string {
  if (points === null) return `<p class="quiet">${escapeMarkup(reasons['auc'] ?? '')}</p>`;
  const pairs = (x: readonly number[], y: readonly number[]): [number, number][] =>
    x.map((value, i) => [value, y[i] ?? 0]);
  const one = { xRange: [0, 1], yRange: [0, 1] } as const;
  const precision = chartSvg({
    ...{ ...one, title: 'Precision against recall', xName: 'Recall', yName: 'Precision' },
    series: [
      { name: 'PR', colour: 0, points: [[0, 1], ...pairs(points.recall, points.precision)] },
    ],
  });
  const roc = chartSvg({
    ...one,
    title: 'True positive rate against false positive rate',
    xName: 'False positive rate',
    yName: 'True positive rate',
    series: [
      {
        name: 'ROC',
        colour: 0,
        points: [[0, 0], ...pairs(points.falsePositiveRate, points.truePositiveRate)],
      },
    ],
  });
  return `<div class="columns"><div><h3>Precision and recall</h3>${precision}</div><div><h3>ROC</h3>${roc}</div></div>`;
}

/** Which points of the AP on validation mean nothing. */
const meaninglessText = (epochs: readonly number[]): string =>
  epochs.length === 0
    ? ''
    : `<p>After epoch ${[...epochs].sort((a, b) => a - b).join(', ')} the model had learned nothing: its scores were equal, or their order no better than a guess.</p>`;

/** Losses and validation AP by epoch; of an epoch that ran twice the last counts. */
function trainingCurves(events: readonly RunEvent[]): string {
  const segmentation = new Map<number, number>();
  const classification = new Map<number, number>();
  const validation = new Map<number, number>();
  const meaningless = new Set<number>();
  for (const event of events) {
    if (event.kind === 'epoch') {
      segmentation.set(event.epoch, event.segmentationLoss);
      classification.set(event.epoch, event.classificationLoss);
    }
    if (event.kind === 'validation' && event.averagePrecision !== null) {
      validation.set(event.epoch, event.averagePrecision);
      if (event.nothingLearned === undefined) meaningless.delete(event.epoch);
      else meaningless.add(event.epoch);
    }
  }
  if (segmentation.size < 2) return '';
  const points = (values: Map<number, number>): [number, number][] =>
    [...values].sort(([a], [b]) => a - b);
  const epochs = Math.max(...segmentation.keys());
  const losses: Series[] = [
    { name: 'segmentation', colour: 0, points: points(segmentation) },
    { name: 'classification', colour: 1, points: points(classification) },
  ];
  const highest = Math.max(...[...segmentation.values(), ...classification.values()]);
  const axes = { xName: 'Epoch', xRange: [1, epochs] } as const;
  const lossChart = chartSvg({
    ...{
      ...axes,
      title: 'Training losses by epoch',
      yName: 'Loss',
      yRange: [0, roundAbove(highest)],
    },
    series: losses,
  });
  const validationChart =
    validation.size < 2
      ? ''
      : `<div><h3>AP on validation</h3>${chartSvg({
          ...{ ...axes, title: 'Validation AP by epoch', yName: 'AP', yRange: [0, 1] },
          series: [{ name: 'AP', colour: 0, points: points(validation) }],
        })}${meaninglessText([...meaningless])}</div>`;
  return `<h2>Training</h2><div class="columns"><div><h3>Losses</h3>${lossChart}</div>${validationChart}</div>`;
}

function picture({ row, kind, pictures }: PagePicture): string {
  const label = row.label === 'defective' ? 'defective' : 'good';
  const score = figureText(row.score);
  const alt = `${row.image}, labelled ${label}, score ${score}`;
  const images =
    pictures === undefined
      ? '<p class="quiet">The picture cannot be shown.</p>'
      : `<img src="${pictures.plain}" width="${pictures.width}" height="${pictures.height}" alt="${escapeMarkup(alt)}"><img src="${pictures.overlay}" width="${pictures.width}" height="${pictures.height}" alt="The same with its heat map${row.label === 'defective' ? ' and the outline of its mask' : ''}">`;
  const kindText = kind === '' ? '' : `, ${escapeMarkup(kind)}`;
  return `<li><figure class="${row.label}"><div class="pair">${images}<span class="score">${score}</span></div><figcaption>${escapeMarkup(row.image)}<br><span class="quiet">${row.outcome}: labelled ${label}${kindText}</span></figcaption></figure></li>`;
}

function group({ title, none, all, pictures }: PageGroup): string {
  if (all === 0) return `<h3>${title}</h3><p class="quiet">${none}</p>`;
  const count = all > pictures.length ? `${pictures.length} of ${all}` : String(all);
  return `<h3>${title} (${count})</h3><ul class="pictures">${pictures.map(picture).join('')}</ul>`;
}

function about({ run, metrics, paths }: EvaluatedRun): string {
  const { settings, supervision, engine } = run;
  const rows: [string, string][] = [
    ['Run', paths.folder],
    ['Dataset', metrics.dataset],
    ['Network', networkText(run.network)],
    [
      'Weights',
      `after ${counted(metrics.weightsEpoch, 'epoch')}${run.weights === 'best' ? ' (the best on validation)' : ''}`,
    ],
  ];
  if (supervision !== null) {
    const { positives, negatives, segmented } = supervision;
    rows.push([
      'Trained on',
      `${counted(positives, 'defective image')}, ${segmented} of them with masks, and ${counted(negatives, 'good one')}`,
    ]);
  }
  if (settings !== null) {
    const { epochs, learningRate, delta, batchSize } = settings;
    rows.push([
      'Settings',
      `preset ${run.preset ?? 'none'}, ${counted(epochs, 'epoch')}, learning rate ${learningRate}, batch ${batchSize}, delta ${delta}, seed ${run.seed}`,
    ]);
  }
  if (engine !== null) {
    rows.push(['Engine', `${engine.engine} on ${engine.device}, ${engine.threads} threads`]);
  }
  if (metrics.unreadable.length > 0) {
    rows.push(['Could not be read', metrics.unreadable.slice(0, 20).join(', ')]);
  }
  const cells = rows.map(
    ([name, value]) => `<tr><th scope="row">${name}</th><td>${escapeMarkup(value)}</td></tr>`,
  );
  return `<h2>About this run</h2><table><tbody>${cells.join('')}</tbody></table>`;
}

/** The whole page. */
export function htmlPage(
  evaluated: EvaluatedRun,
  events: readonly RunEvent[],
  groups: readonly PageGroup[],
): string {
  const { metrics, run } = evaluated;
  const { scored, positives, negatives } = metrics.images;
  const title = `SegDec: ${run.name}`;
  const validated = metrics.alsoValidatedOn
    ? ' <strong>This split was also validated on during training.</strong>'
    : '';
  const shipped = metrics.shippedThreshold;
  return [
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; style-src \'unsafe-inline\'">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeMarkup(title)}</title><style>${style}</style></head><body><main>`,
    `<h1>${escapeMarkup(run.name)}</h1>`,
    `<p class="quiet">Split ${metrics.split}: ${counted(scored, 'image')}, ${positives} defective and ${negatives} good.${validated}</p>`,
    headline(evaluated),
    `<p class="quiet">Missed defects and false alarms are counted at the shipped threshold ${figureText(shipped.value)}, which comes from ${shipped.from}.</p>`,
    '<h2>Images</h2>',
    '<p class="quiet">Each image with its heat map from dark (no defect) to light (defect); the mask is outlined. Solid frame: labelled defective; double frame: labelled good.</p>',
    ...groups.map(group),
    `<h2>Metrics</h2><div class="columns"><div>${metricsTables(evaluated)}</div><div>${kindsTable(evaluated)}${areasTable(evaluated)}</div></div>`,
    `<h2>Curves</h2>${curves(evaluated)}`,
    trainingCurves(events),
    about(evaluated),
    '</main></body></html>\n',
  ].join('\n');
}

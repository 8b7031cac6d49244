/** docs/cli.md, made from the program's own help, so that the page cannot lag behind. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dist } from './paths.mjs';

const run = promisify(execFile);
const commands = [
  ...['sample', 'inspect', 'train', 'resume', 'evaluate', 'predict', 'export', 'import', 'runs'],
  ...['masks', 'masks import', 'masks export', 'doctor'],
];

const intro = `# The command line

Made by \`npm run docs\` from \`segdec --help\`; a test compares the two.

From a checkout: \`npm run -s segdec -- COMMAND …\`. As a package: \`segdec COMMAND …\`.

- \`--json\` prints one document on stdout and human text on stderr; \`--quiet\` leaves human text out, but not warnings.
- Exit codes: 0 done, 1 a gate failed, 2 bad input (one sentence says what, where, and what to do), 130 cancelled (train and resume leave a checkpoint), 70 our own fault (with where the log is).
- Ctrl-C ends a run cleanly with a checkpoint; a second one a second later ends it at once.

## What scripts can rely on

\`train --json\` and \`evaluate --json\`: \`{"run", "split", "shippedThreshold": {"value", "from"}, "atShippedThreshold": {"truePositives", "falsePositives", "falseNegatives", "trueNegatives"}, "nothingLearned", "metrics": {"averagePrecision", "auc", "f1", "threshold", "accuracy", "meanAccuracy", "falsePositives", "falseNegatives", "falsePositivesAtZeroFalseNegatives", "averagePrecisionStep", "pixelAveragePrecision", "pixelIou", "pixelDice", "defectRecall", "falseRegionsPerImage"}}\`; a metric that is undefined is null, and metrics.json in the run folder says why. \`atShippedThreshold\` is what the model does in use and what \`--max-fn\` looks at; \`threshold\`, \`f1\`, \`accuracy\`, \`meanAccuracy\`, \`falsePositives\` and \`falseNegatives\` among the metrics are the paper's, at the best-F1 threshold of the split itself. \`nothingLearned\` is null, or why the metrics mean nothing: "equal" (all scores are equal, which has a high \`averagePrecision\`: gate on \`--min-auc\` or \`--min-ap-step\` as well), "chance" (area under ROC near 0.5), "reversed" (below it).

\`predict --json\`: \`{"model", "threshold": {"value", "from"}, "predictions": [{"image", "score", "outcome"}]}\`; an image that cannot be read has a null score and an \`error\`. It is printed as it is computed, so a reader can stream it.

\`inspect --json\`: \`{"layout", "samples", "positives", "splits", "classes", "folds", "findings": [{"kind", "severity", "files", "message"}], "sizes"}\`; \`positives\` is "unknown" for ksdd and ksdd2 with \`--quick\`.

\`masks import --json\`: \`{"format", "dryRun", "entries", "unmatched", "refused", "written", "kept", "unchanged", "lost", "labelled", "findings": {"total", "shown": [{"severity", "image", "message"}]}}\`; \`masks export --json\`: \`{"format", "output", "images", "defective", "ignored", "parts", "findings"}\`. At most 1000 findings are in \`shown\`; all are in \`total\`. \`lost\` counts annotations that were not taken; with \`--strict\` an import that lost some ends with 1. An import of which no entry was taken ends with 2, after its report.

The others print what they did: \`sample\` \`{"folder", "images", "defective", "masks"}\`, \`export\` \`{"file", "run", "shippedThreshold", "checkedImages", "checkedOn", "largestScoreDifference", "largestMapDifference"}\`, \`import\` \`{"run", "network", "threshold"}\`, \`runs\` a list of \`{"run", "name", "state", "created", "epoch", "epochs", "split", "averagePrecision", "nothingLearned", "message"}\`, \`train --explain\` a list of \`{"name", "value", "from"}\`, \`doctor\` what it found; \`resume\` as \`train\`.

## Masks from and for other programs

| format      | import from                                                                                  | export to                                                                                                                            | what it cannot say |
| ----------- | -------------------------------------------------------------------------------------------- | ------------------------------------------------------------------------------------------------------------------------------------ | ------------------ |
| \`png\`       | a folder of PNG or BMP masks; \`ignore/\` in it holds ignored pixels                           | a folder: \`masks/IMAGE.png\` (with the ending before it where two images differ in nothing else), \`ignore/IMAGE.ENDING.png\`, 0 or 255 |                    |
| \`coco\`      | JSON: polygons, run lengths as list or text                                                  | one JSON file, a compressed run length a region                                                                                      |                    |
| \`severstal\` | CSV \`ImageId,ClassId,EncodedPixels\` (or the older form)                                      | the same, class 1 or the project's                                                                                                   | ignored pixels     |
| \`labelme\`   | JSON files: polygon, rectangle (also turned), quadrilateral, circle, mask, line with a width |                                                                                                                                      | holes of polygons  |
| \`voc\`       | a folder with \`SegmentationClass\`; void pixels are ignored ones                              |                                                                                                                                      |                    |
| \`yolo\`      | text files of segments (five numbers: a box); names in \`classes.txt\`                         |                                                                                                                                      | holes of polygons  |
| \`cvat\`      | XML "for images 1.1": polygon, box (also turned), ellipse, mask, polyline with a width       |                                                                                                                                      | holes of polygons  |

- A pixel belongs to a shape if its centre does; polygons are even-odd, as the formats' own tools fill them, and shapes of an image are united. Run lengths, PNG and BMP are exact, also there and back again.
- Shapes with the label \`ignore\` are ignored pixels. What cannot be drawn is left out and told of, with its number and reason; the rest is taken.
- An image of the source is the one of the same path in the dataset, else the only one of the same file name, else the only one of the same name without ending (mask files also without \`_mask\`, \`_GT\`, \`_gt\`, \`_label\` behind it), else the one that had the name before a tool put a hash into it, which is said. What fits none or several is reported, never guessed; so is another size.
- Masks are written in the layout's own place and format. An image that gets defect pixels and would not count as defective with a mask gets a row in labels.csv. Images among the good ones by their folder, or beside the folders, get no masks by an import, and that is said: move them, or paint the mask in the mask editor.
- A folder that is exported over keeps the files that are not written again.

## segdec.json

A project's own choices, looked for from the dataset folder upwards; \`.segdec/\` with the runs lies beside it, else in the dataset folder. Flags win over it, it wins over what is inferred, and everything in it is optional:

\`\`\`json
{
  "dataset": "photos",
  "size": "256x320",
  "preset": "ksdd2",
  "settings": { "epochs": 30, "learningRate": 0.02 },
  "segmented": "all",
  "validation": 0.2,
  "seed": 1,
  "memory": 6
}
\`\`\`

Keys: \`dataset\` (relative to the file; then \`segdec train .\` is enough), \`layout\`, \`class\`, \`onlyClass\`, \`orientation\` (\`exif\` or \`stored\`, [pixels.md](pixels.md)), \`fold\`, \`followLinks\` (false: links out of the dataset are not followed), \`size\`, \`variant\`, \`width\`, \`preset\`, \`settings\` (the numbers and switches of a preset, by the names that \`train --explain\` shows), \`segmented\`, \`validation\`, \`weights\`, \`seed\`, \`engine\`, \`device\`, \`memory\` (GiB), \`threads\`, \`activeRun\` (for editors). The other flags have no key.
`;

/** The page's text; needs a built program. */
export async function cliPage() {
  const env = { ...process.env, COLUMNS: '100', NO_COLOR: '1' };
  const sections = [];
  for (const command of commands) {
    const { stdout } = await run(
      process.execPath,
      [join(dist, 'cli.js'), ...command.split(' '), '--help'],
      {
        env,
      },
    );
    const text = stdout.replace(/[ \t]+$/gm, '').trimEnd();
    sections.push(`## segdec ${command}\n\n\`\`\`text\n${text}\n\`\`\`\n`);
  }
  return `${intro}\n${sections.join('\n')}`;
}

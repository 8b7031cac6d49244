/** docs/cli.md, made from the program's own help, so that the page cannot lag behind. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dist } from './paths.mjs';

const run = promisify(execFile);
const commands = [
  ...['sample', 'inspect', 'train', 'resume', 'evaluate', 'predict', 'export', 'import', 'runs'],
  'doctor',
];

const intro = `# The command line

Made by \`npm run docs\` from \`segdec --help\`; a test compares the two.

From a checkout: \`npm run -s segdec -- COMMAND …\`. As a package: \`segdec COMMAND …\`.

- \`--json\` prints one document on stdout and human text on stderr; \`--quiet\` leaves human text out.
- Exit codes: 0 done, 1 a gate failed, 2 bad input (one sentence says what, where, and what to do), 130 cancelled (with a checkpoint), 70 our own fault (with where the log is).
- Ctrl-C ends a run cleanly with a checkpoint; a second one a second later ends it at once.

## What scripts can rely on

\`train --json\` and \`evaluate --json\`: \`{"run", "split", "shippedThreshold": {"value", "from"}, "metrics": {"averagePrecision", "auc", "f1", "threshold", "accuracy", "meanAccuracy", "falsePositives", "falseNegatives", "falsePositivesAtZeroFalseNegatives", "averagePrecisionStep", "pixelAveragePrecision", "pixelIou", "pixelDice", "defectRecall", "falseRegionsPerImage"}}\`; a metric that is undefined is null, and metrics.json in the run folder says why.

\`predict --json\`: \`{"model", "threshold", "predictions": [{"image", "score", "outcome"}]}\`; an image that cannot be read has a null score and an \`error\`. It is printed as it is computed, so a reader can stream it.

\`inspect --json\`: \`{"layout", "samples", "positives", "splits", "classes", "folds", "findings": [{"kind", "severity", "files", "message"}], "sizes"}\`; \`positives\` is "unknown" for ksdd and ksdd2 with \`--quick\`.
`;

/** The page's text; needs a built program. */
export async function cliPage() {
  const env = { ...process.env, COLUMNS: '100', NO_COLOR: '1' };
  const sections = [];
  for (const command of commands) {
    const { stdout } = await run(process.execPath, [join(dist, 'cli.js'), command, '--help'], {
      env,
    });
    const text = stdout.replace(/[ \t]+$/gm, '').trimEnd();
    sections.push(`## segdec ${command}\n\n\`\`\`text\n${text}\n\`\`\`\n`);
  }
  return `${intro}\n${sections.join('\n')}`;
}

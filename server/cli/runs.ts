/** `segdec runs`: the runs of a project. */
import type { Command } from 'commander';
import { nothingLearnedText } from '../report/figures.ts';
import { figureText } from '../report/text.ts';
import { newCommand } from './door.ts';
import type { Door } from './door.ts';
import { columns, oneLine } from './output.ts';
import type { OutputMode } from './output.ts';

/** The command. */
export function runsCommand(door: Door): Command {
  return newCommand({
    name: 'runs',
    description: 'List the runs of a project, newest first.',
    examples: ['runs', 'runs photos --json'],
  })
    .argument('[DATA]', 'a dataset folder, or one above it (this folder)', '.')
    .action(async (data: string, flags: OutputMode) => {
      const { output } = door.open(flags);
      const { openProject } = await import('../runs/projectFile.ts');
      const { runsFolderOf } = await import('../runs/runFolder.ts');
      const { runSummaries } = await import('../runs/summaries.ts');
      const { home } = await openProject(data);
      const summaries = await runSummaries(home);
      output.document(summaries);
      if (summaries.length === 0) output.line(`No runs in ${runsFolderOf(home)}.`);
      const rows = summaries.map((run) => [
        run.state,
        run.epochs === null ? 'imported' : `epoch ${run.epoch ?? 0}/${run.epochs}`,
        run.split === null ? '' : `AP ${figureText(run.averagePrecision)} on ${run.split}`,
        oneLine(run.name),
      ]);
      for (const [i, row] of columns(rows).entries()) {
        output.line(row);
        const { nothingLearned, message } = summaries[i] ?? {};
        if (nothingLearned) output.line(`  ${nothingLearnedText(nothingLearned)}`);
        if (message) output.line(`  ${oneLine(message)}`);
      }
    });
}

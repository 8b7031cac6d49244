/** `segdec resume RUN`: continues a run that was stopped or killed, to the same result. */
import type { Command } from 'commander';
import type { ResumeRequest } from '../runs/resume.ts';
import { given, newCommand } from './door.ts';
import type { Door } from './door.ts';
import type { OutputMode } from './output.ts';
import { showRun } from './showRun.ts';

/** The command. */
export function resumeCommand(door: Door): Command {
  return newCommand({
    name: 'resume',
    description: 'Continue a run that was stopped, to the same result as if it had not been.',
    examples: [
      'resume .segdec/runs/20261124T120000Z-photos-1a2b',
      'resume a-run-from-elsewhere --data photos',
    ],
  })
    .argument('<RUN>', 'the run folder')
    .option('--data <dir>', 'where its dataset is (where its run.json says)')
    .option('--from <run>', 'where the weights are that it started from')
    .action(async (run: string, flags: OutputMode & ResumeRequest) => {
      const session = door.open(flags);
      const { data, from } = flags;
      const { resumeRun } = await import('../runs/resume.ts');
      await showRun(session, undefined, (hooks) => resumeRun(run, hooks, given({ data, from })));
    });
}

/** `segdec resume RUN`: continues a run that was stopped or killed, to the same result. */
import type { Command } from 'commander';
import { newCommand } from './door.ts';
import type { Door } from './door.ts';
import type { OutputMode } from './output.ts';
import { showRun } from './showRun.ts';

/** The command. */
export function resumeCommand(door: Door): Command {
  return newCommand({
    name: 'resume',
    description: 'Continue a run that was stopped, to the same result as if it had not been.',
    examples: ['resume .segdec/runs/20261124T120000Z-photos-1a2b'],
  })
    .argument('<RUN>', 'the run folder')
    .action(async (run: string, flags: OutputMode) => {
      const session = door.open(flags);
      const { resumeRun } = await import('../runs/resume.ts');
      await showRun(session, undefined, (hooks) => resumeRun(run, hooks));
    });
}

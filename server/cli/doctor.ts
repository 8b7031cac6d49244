/** `segdec doctor`: what a bug report needs, and what was tried and failed. */
import type { Command } from 'commander';
import { newCommand } from './door.ts';
import type { Door } from './door.ts';
import type { OutputMode } from './output.ts';

/** The command. */
export function doctorCommand(door: Door): Command {
  return newCommand({
    name: 'doctor',
    description: 'Try every part on this machine and print what a bug report needs.',
    examples: ['doctor', 'doctor --json'],
  }).action(async (flags: OutputMode) => {
    const { output } = door.open(flags);
    const { examinationLines, examine } = await import('../runs/doctor.ts');
    const report = await examine();
    output.document(report);
    for (const line of examinationLines(report)) output.line(line);
  });
}

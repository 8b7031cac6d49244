/** `segdec doctor`: what a bug report needs, and what was tried and failed. */
import type { Command } from 'commander';
import { newCommand } from './door.ts';
import type { Door } from './door.ts';
import { columns } from './output.ts';
import type { OutputMode } from './output.ts';

/** The command. */
export function doctorCommand(door: Door): Command {
  return newCommand({
    name: 'doctor',
    description: 'Try every part on this machine and print what a bug report needs.',
    examples: ['doctor', 'doctor --json'],
  }).action(async (flags: OutputMode) => {
    const { output } = door.open(flags);
    const { examine } = await import('../runs/doctor.ts');
    const report = await examine();
    output.document(report);
    const { segdec, node, system, cores, memoryGiB, folder, checks } = report;
    const facts = [
      ['segdec', segdec],
      ['Node', node],
      ['system', system],
      ['cores', String(cores)],
      ['memory', `${memoryGiB.total} GiB, ${memoryGiB.free} GiB free`],
      ['folder', folder],
    ];
    for (const row of columns(facts)) output.line(row);
    const results = checks.map(({ part, works, version, detail }) => [
      works ? 'works' : 'FAILS',
      `${part}${version === null ? '' : ` ${version}`}`,
      detail,
    ]);
    for (const row of columns(results)) output.line(row);
  });
}

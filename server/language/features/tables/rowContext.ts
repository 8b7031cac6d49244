/** What the rows of an open table are checked against: its project as it is now. */
import type { Project } from '../../project/project.ts';
import { otherTwins } from '../problems/inspections.ts';
import type { ProjectFindings } from '../problems/projectFindings.ts';
import { mistakeOf } from '../problems/projectProblems.ts';
import type { Settings } from '../../../../protocol/messages.ts';
import type { FixContext } from './rowFixes.ts';
import type { RowContext, Twin } from './rowProblems.ts';
import type { OpenTable } from './tables.ts';

function twinsIn(project: Project, findings: ProjectFindings): (image: string) => Twin[] {
  const { twins } = findings.shown(project);
  return (image) => otherTwins(image, twins.get(image) ?? [], (other) => project.item(other));
}

/** For checks. */
export function contextOf(
  { project, kind }: OpenTable,
  findings: ProjectFindings,
  settings: Settings,
): RowContext {
  const { tree, activeRun } = project;
  const { byImage } = findings.shown(project);
  const showFindings = settings.diagnostics?.findings !== false;
  const showMistakes = settings.diagnostics?.mistakes !== false;
  return {
    kind,
    known: project.content !== undefined && tree !== undefined,
    hasImage: (image) => project.item(image) !== undefined,
    hasFile: (path) => tree?.find(path) !== undefined,
    twins: showFindings ? twinsIn(project, findings) : () => [],
    findings: (image) => {
      const all = showFindings ? (byImage.get(image) ?? []) : [];
      return all.filter(
        ({ kind: about, severity }) => about !== 'duplicate' || severity !== 'error',
      );
    },
    mistake: (image) => {
      const item = project.item(image);
      if (!showMistakes || item === undefined || activeRun === undefined) return undefined;
      const message = mistakeOf(item, activeRun.name, activeRun.threshold);
      if (message === undefined) return undefined;
      return { message, otherLabel: item.outcome === 'FN' ? 'ok' : 'defective' };
    },
  };
}

/** For quick fixes. */
export function fixContextOf(
  { project }: OpenTable,
  findings: ProjectFindings,
  stopped: () => boolean,
): FixContext {
  return {
    images: () => project.index.items().map(({ image }) => image),
    files: () => project.tree?.files ?? [],
    relative: (path) => project.relative(path),
    twins: twinsIn(project, findings),
    stopped,
  };
}

/** What the images view says above its list, and when. */
import type { ProjectInfo } from '../../protocol/explorer.ts';
import type { Localise } from '../labels/localise.ts';

export interface ViewFacts {
  readonly project: Pick<ProjectInfo, 'problem' | 'outside' | 'reading' | 'images'> | undefined;
  /** The server is not there and is not on its way. */
  readonly serverAway: boolean;
  /** The images were found without the server. */
  readonly local: { readonly images: number; readonly more: boolean } | undefined;
  readonly isFiltered: boolean;
  /** The list is empty. */
  readonly isEmpty: boolean;
}

/** One or two sentences; undefined where the list speaks for itself, or its welcome does. */
export function viewMessage(facts: ViewFacts, l10n: Localise): string | undefined {
  const { project, serverAway, local, isFiltered, isEmpty } = facts;
  if (local !== undefined && local.images > 0) {
    const found = l10n.t(
      'The SegDec server is not running: these are the images that lie in the folder. Labels are written all the same; "SegDec: Restart Server" brings scores and filters.',
    );
    const first = l10n.t('Only the first {0} are listed.', local.images);
    return local.more ? `${found} ${first}` : found;
  }
  if (serverAway) {
    const last = l10n.t(
      'The SegDec server is not running: this is its last listing. Labels are written all the same; "SegDec: Restart Server" starts it.',
    );
    return isEmpty ? undefined : last;
  }
  if (project === undefined) return undefined;
  // VS Code shows no welcome below a message, and that one has the button with which to answer.
  if (project.outside?.what === 'dataset') return undefined;
  if (project.problem !== null) return project.problem;
  if (project.reading && project.images === 0) return l10n.t('Reading the folder…');
  if (isFiltered && isEmpty && project.images > 0) return l10n.t('No image meets the filter.');
  if (project.reading) return l10n.t('Reading changes…');
  return undefined;
}

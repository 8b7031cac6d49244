/** Which images labels.csv can name, as the server reads it. */
import { UserError } from '../../protocol/errors.ts';
import type { Localise } from './localise.ts';

/** Throws a UserError for a path that its reader would trim or refuse as leading out of the folder. */
export function assertNameable(image: string, l10n: Localise): void {
  const leadsOut =
    /^([/\\]|[A-Za-z]:)/.test(image) || image.split(/[/\\]/).includes('..') || image.includes('\0');
  if (!leadsOut && image !== '' && image.trim() === image) return;
  throw new UserError(
    l10n.t('labels.csv cannot name the file {0}; rename it, then label it.', JSON.stringify(image)),
  );
}

/** The day of a review: local date, YYYY-MM-DD. */
export function dayOf(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

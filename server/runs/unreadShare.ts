/** How many images may be unreadable before a result would be about another dataset. */
import { UserError } from '../../protocol/errors.ts';

/** So few are skipped in a set of any size. */
const handful = 5;
/** Of the images, beyond a handful. */
const mostShare = 0.02;

/**
 * Throws a UserError when more than a handful and more than 2 % of the images cannot be read. `what` is the kind of
 * images, `example` the file of one.
 */
export function assertFewUnread(
  unread: number,
  images: number,
  what: string,
  example: string | undefined,
): void {
  if (unread <= Math.max(handful, Math.floor(mostShare * images))) return;
  const one = example === undefined ? '' : ` (${example} is one)`;
  throw new UserError(
    `${unread} of ${images} ${what} cannot be read${one}, more than ${100 * mostShare} %, so that a result would be about other images; see \`segdec inspect\`, and mend or remove them.`,
  );
}

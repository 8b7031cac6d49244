/** Errors that the user can act on, as opposed to our own faults. */

/** Bad input: one clear sentence with what is wrong, where, and what to do. Exit code 2 on the command line. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** The user asked to stop; work was ended cleanly. Exit code 130. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
}

/** The files are out of reach for now (a share, a disk); what was done is kept. Exit code 2, and never skipped over. */
export class AwayError extends Error {
  override readonly name = 'AwayError';
}

/** A gate such as --min-ap failed. Exit code 1. */
export class GateError extends Error {
  override readonly name = 'GateError';
}

/** The text of anything thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** How work in a process of its own failed, as the process that asked for it is told. */
import * as z from 'zod';
import { AwayError, CancelledError, UserError, errorText } from '../../protocol/errors.ts';
import { systemSentence } from '../files/readWhole.ts';

export const faultSchema = z.object({
  code: z.enum(['badInput', 'cancelled', 'internal']),
  /** One sentence, or for a fault of ours the stack. */
  message: z.string(),
});
export type Fault = z.infer<typeof faultSchema>;

/** What was thrown, by what the person can do about it. */
export function faultOf(error: unknown, cancelled: boolean): Fault {
  const aborted = error instanceof Error && error.name === 'AbortError';
  if (error instanceof CancelledError || (aborted && cancelled)) {
    return { code: 'cancelled', message: aborted ? 'Stopped.' : error.message };
  }
  if (error instanceof UserError || error instanceof AwayError)
    return { code: 'badInput', message: error.message };
  const sentence = systemSentence(error);
  if (sentence !== undefined) return { code: 'badInput', message: sentence };
  const stack = error instanceof Error ? error.stack : undefined;
  return { code: 'internal', message: stack ?? errorText(error) };
}

/** The error that a fault stands for. */
export function errorOf({ code, message }: Fault): Error {
  if (code === 'badInput') return new UserError(message);
  return code === 'cancelled' ? new CancelledError(message) : new Error(message);
}

/** Exit codes of programs that have nobody to tell but a shell. */
export const exitCodeOf: Readonly<Record<Fault['code'], number>> = {
  badInput: 2,
  cancelled: 130,
  internal: 70,
};

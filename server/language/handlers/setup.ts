/** PLACEHOLDER: replaced by the author of the run handlers. */
import type { Workplace } from '../workplace.ts';

/** Registers them. */
export function registerSetupHandlers(_workplace: Workplace): void {
  return undefined;
}

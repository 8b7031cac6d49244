/**
 * Ranges of the numbers that files hold, where they are read: run.json, metrics.json, checkpoints, segdec.json
 * and requests. No schema of zod takes NaN or an infinity (1e999 in JSON is one).
 */
import * as z from 'zod';
import { mostThreads } from '../../protocol/run.ts';
import { usableSide } from '../method/inputSize.ts';
import { fitsFloat32 } from './float32.ts';

/** How often, how many: 0 or more, exact in a double. */
export const count = z.number().int().nonnegative();
/** A score, a threshold. */
export const share = z.number().min(0).max(1);
/** An area or a mean of shares; sums of rounded parts may miss 1 by a little. */
export const nearShare = z
  .number()
  .min(0)
  .max(1 + 1e-6);

/** Everything is computed in float32, where other numbers become infinite or 0. */
export const float32 = z
  .number()
  .refine(fitsFloat32, 'must be a number that float32 can hold, from 1.4e-45 to 3.4e38');

/** A side of the network's input in pixels. */
export const side = z.number().int().refine(usableSide, 'must be a multiple of 8 from 8 to 16384');
/** Multiplies the channel counts of the network. */
export const widthFactor = z.number().positive().max(8);
/** What 32 bits hold with a sign: generators are seeded with these, and state what they are in by them. */
export const int32 = z
  .number()
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);
export const threads = z.number().int().positive().max(mostThreads);
/** GiB; more than any machine has. */
export const mostGibibytes = 1_000_000;
export const memoryBytes = z
  .number()
  .positive()
  .max(mostGibibytes * 1024 ** 3);

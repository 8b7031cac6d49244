/** What a run takes when nobody says otherwise. */
import { availableParallelism } from 'node:os';
import type { ShippedThreshold } from '../../protocol/run.ts';

export const gibibyte = 1024 ** 3;
/** The budget unless --memory says otherwise: enough for every published input size. */
export const defaultMemoryBytes = 4 * gibibyte;
/** Memory for prepared samples; the rest is kept on disk. */
export const defaultCacheBytes = gibibyte;
export const defaultValidationEvery = 5;

/** More threads than this gain nothing on the sizes of this network. */
const usefulThreads = 16;

/** A thread a core, within reason. */
export const defaultThreads = (): number => Math.min(availableParallelism(), usefulThreads);

/** Where neither an evaluation nor a person said one. */
export const defaultThreshold: ShippedThreshold = { value: 0.5, from: 'default' };

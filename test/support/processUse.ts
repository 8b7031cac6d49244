/** What processes hold (Linux): memory and open handles, sampled while they are at rest. */
import { readFileSync, readdirSync } from 'node:fs';

export interface Use {
  /** Resident memory, in KiB. */
  readonly memory: number;
  /** Open files, pipes and sockets. */
  readonly handles: number;
}

/** What a process holds now. Throws when it has ended. */
export function useOf(pid: number): Use {
  const memory = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { memory: Number(memory), handles: readdirSync(`/proc/${pid}/fd`).length };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

export interface Growth {
  readonly from: number;
  readonly to: number;
}

/**
 * From the first to the last third of what was sampled after the first `warmUp`, as medians: single samples
 * catch a process before or after it has tidied up.
 */
export function growth(samples: readonly number[], warmUp: number): Growth {
  const warm = samples.slice(warmUp);
  const third = Math.max(1, Math.floor(warm.length / 3));
  return { from: median(warm.slice(0, third)), to: median(warm.slice(-third)) };
}

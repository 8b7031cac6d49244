/** Temporary folders for workspaces. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty folder; whoever asks for it removes it. */
export const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'segdec-workspace-'));

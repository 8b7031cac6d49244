/** What pythonPackages.mjs offers, for the tests. */

export const python: string;
export const pythonEnvironment: (folder?: string) => NodeJS.ProcessEnv;
export function ensurePythonPackages(folder?: string): Promise<string | undefined>;

/**
 * What VS Code runs inside its extension host, on the desktop and in the test host: mocha over the suites
 * that are bundled beside this file.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

interface Mocha {
  readonly addFile: (file: string) => void;
  readonly loadFilesAsync: () => Promise<void>;
  readonly run: (ended: (failures: number) => void) => void;
}
type NewMocha = new (options: Readonly<Record<string, unknown>>) => Mocha;

/** Called by VS Code; rejects when a test fails. */
export async function run(): Promise<void> {
  const name = 'mocha';
  const { default: Constructor } = (await import(name)) as { default: NewMocha };
  const mocha = new Constructor({ ui: 'bdd', color: false, timeout: 60_000, reporter: 'spec' });
  const suites = readdirSync(__dirname).filter((file) => file.endsWith('.suite.cjs'));
  for (const suite of suites.sort()) mocha.addFile(join(__dirname, suite));
  await mocha.loadFilesAsync();
  const failures = await new Promise<number>((ended) => mocha.run(ended));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}

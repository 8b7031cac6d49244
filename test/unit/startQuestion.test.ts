/** What `npm start` says before it installs, and that the system's package manager runs after a yes alone. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ask } from '../../scripts/lib/ask.mjs';
import { ensureSystemPackages } from '../../scripts/lib/testHost/machine.mjs';
import { whatComes } from '../../scripts/lib/whatComes.mjs';
import { temporaryFolder } from '../support/temporary.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('what comes', () => {
  test('is said with its size, its time and its place', () => {
    const text = whatComes({ packages: true, host: true, system: ['chromium', 'ripgrep'] }) ?? '';
    expect(text.split('\n')).toEqual([
      'This will be installed, most of it once:',
      expect.stringMatching(/npm packages, into node_modules: about \d+ MB, .*minutes/),
      expect.stringMatching(
        /VS Code for a browser .* \.cache\/testhost: about \d+ MB, about a minute/,
      ),
      '  - packages of the system, asked for first: chromium, ripgrep',
      'Everything but packages of the system lies in this folder.',
    ]);
  });

  test('is only what is missing, and nothing where all is there', () => {
    const host = whatComes({ packages: false, host: true, system: [] });
    expect(host).not.toContain('npm packages');
    expect(host).not.toContain('asked for first');
    expect(whatComes({ packages: false, host: false, system: [] })).toBeUndefined();
  });
});

describe('the question', () => {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true });

  test.each([
    ['y\n', true],
    [' YES \n', true],
    ['n\n', false],
    ['\n', false],
    ['yesterday\n', false],
  ])('%j means %s', async (typed, meant) => {
    const [input, output] = [terminal(), new PassThrough()];
    const answer = ask('Install chromium?', { input, output });
    input.write(typed);
    expect(await answer).toBe(meant);
    expect(String(output.read())).toContain('Install chromium? [y/N]');
  });

  test('is a no at once without a terminal: nobody is there to answer, and nothing hangs', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    expect(await ask('Install chromium?', { input, output })).toBe(false);
    expect(output.read()).toBeNull();
  });

  test('that a terminal ends (Ctrl-D) is a no', async () => {
    const input = terminal();
    const answer = ask('Install chromium?', { input, output: new PassThrough() });
    input.end();
    expect(await answer).toBe(false);
  });
});

describe.skipIf(process.platform === 'win32')('packages of the system', () => {
  /** A machine without any, whose apt-get writes down what it was asked for. */
  async function bareMachine(): Promise<{ folder: string; asked: string }> {
    const folder = await temporaryFolder();
    const asked = join(folder, 'asked.txt');
    const program = `#!/bin/sh\nPATH=/usr/bin:/bin\necho "$@" >> '${asked}'\nfor name in chromium rg; do printf '#!/bin/sh\\n' > '${folder}'/$name; chmod +x '${folder}'/$name; done\n`;
    await writeFile(join(folder, 'apt-get'), program);
    await chmod(join(folder, 'apt-get'), 0o755);
    vi.stubEnv('PATH', folder);
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    return { folder, asked };
  }

  test('are not touched after a no, which says what would be needed', async () => {
    const { folder, asked } = await bareMachine();
    const questions: (readonly string[])[] = [];
    const refused = ensureSystemPackages(folder, (packages: readonly string[]) => {
      questions.push(packages);
      return Promise.resolve(false);
    });
    await expect(refused).rejects.toThrow(/were not installed; as root: apt-get install chromium/);
    expect(questions).toEqual([expect.arrayContaining(['chromium', 'ripgrep'])]);
    expect(existsSync(asked)).toBe(false);
  });

  test('are not asked for where nobody could install them: the sentence says how', async () => {
    const { folder, asked } = await bareMachine();
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    const mayInstall = vi.fn(() => Promise.resolve(true));
    await expect(ensureSystemPackages(folder, mayInstall)).rejects.toThrow(
      /missing on this machine: chromium ripgrep.*as root: apt-get install/,
    );
    expect(mayInstall).not.toHaveBeenCalled();
    expect(existsSync(asked)).toBe(false);
  });

  test('are installed after a yes', async () => {
    const { folder, asked } = await bareMachine();
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const done = await ensureSystemPackages(folder, () => Promise.resolve(true)).catch(String);
    // A header that no program of ours can make may be missing where this runs.
    expect([undefined, expect.stringContaining('libkrb5-dev')]).toContainEqual(done);
    expect(await readFile(asked, 'utf8')).toMatch(
      /^install -y --no-install-recommends chromium ripgrep/,
    );
  });
});

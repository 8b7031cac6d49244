/** Starts the server of the test host, quiet and closed to the outside, and installs extensions in it. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { commandLine, takeLease } from './leases.mjs';
import { onPath } from './place.mjs';

/** The user's settings: nothing that asks, fetches or reports. */
const quietSettings = {
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  // As on the desktop. In a browser files are saved by themselves after a second.
  'files.autoSave': 'off',
  'git.openRepositoryInParentFolders': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.enableExperiments': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** Variables that would make the server believe that it runs in another one, or inside a test runner. */
const foreign =
  /^(VSCODE_|ELECTRON_|CODE_SERVER_|VITEST|(PORT|PASSWORD|HASHED_PASSWORD|NODE_OPTIONS|NODE_ENV|XDG_RUNTIME_DIR)$)/;

/** @param {string} userData @param {string} temporary @param {Record<string, string>} added */
function environment(userData, temporary, added) {
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(own),
    // Without a gallery nobody is asked for extensions.
    EXTENSIONS_GALLERY: '{"serviceUrl":"","itemUrl":"","resourceUrlTemplate":""}',
    XDG_CACHE_HOME: join(userData, 'xdg', 'cache'),
    XDG_CONFIG_HOME: join(userData, 'xdg', 'config'),
    XDG_DATA_HOME: join(userData, 'xdg', 'data'),
    TMPDIR: temporary,
    ...added,
  };
}

/** @typedef {{ userData: string, extensions: string }} Places */

/** @param {Places} places */
const placeArguments = ({ userData, extensions }) => [
  ...['--config', join(userData, 'code-server.yaml')],
  ...['--user-data-dir', userData],
  ...['--extensions-dir', extensions],
];

/** @param {Places} places @param {Record<string, unknown>} settings */
async function prepare({ userData, extensions }, settings) {
  await mkdir(join(userData, 'User'), { recursive: true });
  await mkdir(extensions, { recursive: true });
  const file = join(userData, 'User', 'settings.json');
  if (existsSync(file)) return;
  await writeFile(file, JSON.stringify({ ...quietSettings, ...settings }, null, 2));
}

/** The address of a window that shows a folder, a workspace file or nothing. @param {number} port @param {string | undefined} place */
export function windowAddress(port, place) {
  const base = `http://127.0.0.1:${port}/`;
  if (place === undefined) return `${base}?ew=true`;
  const kind = place.endsWith('.code-workspace') ? 'workspace' : 'folder';
  return `${base}?${kind}=${encodeURIComponent(resolve(place))}`;
}

/**
 * Starts a server and waits until it answers.
 * @param {import('./place.mjs').TestHost} host
 * @param {import('./server.mjs').ServerOptions} [options]
 * @returns {Promise<import('./server.mjs').CodeServer>}
 */
export async function startCodeServer(host, options = {}) {
  const { workspace, trust = false, settings = {}, extraArgs = [], timeout = 60_000 } = options;
  const lease = takeLease();
  const temporary = join(lease.folder, 'tmp');
  const userData = resolve(options.userData ?? join(lease.folder, 'data'));
  const extensions = resolve(options.extensions ?? join(userData, 'extensions'));
  const places = { userData, extensions };
  const port = options.port ?? 0;
  const quiet = [
    ...['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--ignore-last-opened'],
    ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
    ...(trust ? [] : ['--disable-workspace-trust']),
  ];
  const command = [host.node, host.entry, ...quiet, ...placeArguments(places), ...extraArgs];
  // The kernel ends the server when we are killed and can end nothing ourselves.
  const setpriv = onPath('setpriv');
  if (setpriv !== undefined) command.unshift(setpriv, '--pdeathsig', 'KILL');
  const env = environment(userData, temporary, { ...options.env, ...lease.environment });
  let log = '';
  try {
    await mkdir(temporary, { recursive: true });
    await prepare(places, settings);
    const [program = '', ...args] = command;
    // A group of its own: Ctrl-C at the terminal is ours to pass on.
    const child = spawn(program, args, {
      ...{ cwd: lease.folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const taken = await listeningPort(child, timeout, (text) => (log += text));
    await answers(windowAddress(taken, workspace), timeout);
    return {
      port: taken,
      pid: child.pid ?? 0,
      workspace,
      ...places,
      url: (place = workspace) => windowAddress(taken, place),
      log: () => log,
      extensionHosts: () =>
        lease.processes().filter((pid) => commandLine(pid).includes('--type=extensionHost')),
      processes: () => lease.processes().map((pid) => ({ pid, command: commandLine(pid) })),
      installExtension: (vsix) => installExtension(host, places, env, vsix),
      ended: ended.then(() => undefined),
      stop: () => lease.end(),
    };
  } catch (error) {
    await lease.end();
    throw new Error(`The test host did not start.\n${log}`, { cause: error });
  }
}

/**
 * The port that a server says it listens on.
 * @param {import('node:child_process').ChildProcess} child
 * @param {number} timeout
 * @param {(text: string) => void} hear told all that it writes
 * @returns {Promise<number>}
 */
function listeningPort(child, timeout, hear) {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => {
      reject(new Error(`The server did not listen within ${timeout} ms.`));
    }, timeout);
    const read = (/** @type {string} */ part) => {
      hear(part);
      text += part;
      const port = /server listening on https?:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    const fail = (/** @type {Error} */ error) => {
      clearTimeout(timer);
      reject(error);
    };
    child.stdout?.setEncoding('utf8').on('data', read);
    child.stderr?.setEncoding('utf8').on('data', read);
    child.once('error', fail);
    child.once('exit', (code, signal) => fail(new Error(`The server ended (${signal ?? code}).`)));
  });
}

/** Waits until an address answers. @param {string} address @param {number} timeout */
async function answers(address, timeout) {
  const until = Date.now() + timeout;
  for (;;) {
    const failure = await fetch(address).then(
      (response) => (response.ok ? undefined : new Error(`It answers ${response.status}.`)),
      (/** @type {unknown} */ error) => error,
    );
    if (failure === undefined) return;
    if (Date.now() > until) throw new Error('The server does not answer.', { cause: failure });
    await sleep(100);
  }
}

/**
 * Installs a package as `code --install-extension` does.
 * @param {import('./place.mjs').TestHost} host
 * @param {Places} places
 * @param {NodeJS.ProcessEnv} env
 * @param {string} vsix
 */
async function installExtension(host, places, env, vsix) {
  const args = [...placeArguments(places), '--force', '--install-extension', resolve(vsix)];
  const { stdout, stderr } = await promisify(execFile)(host.node, [host.entry, ...args], { env });
  if (!/successfully installed/i.test(stdout)) {
    throw new Error(`${vsix} was not installed: ${stdout}${stderr}`);
  }
}

/** Running other programs from the scripts: npm, the bundled command, the tools in node_modules. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root } from './paths.mjs';

/**
 * Runs a program in the checkout and gives its exit code (128 + n after signal n).
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    process.on('SIGINT', forward);
    process.on('SIGTERM', forward);
    const done = () => {
      process.off('SIGINT', forward);
      process.off('SIGTERM', forward);
    };
    child.on('error', (error) => {
      done();
      reject(error);
    });
    child.on('exit', (code, signal) => {
      done();
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

/** Runs a JavaScript file with this Node. @param {string} file @param {readonly string[]} args @param {import('node:child_process').SpawnOptions} [options] */
export function runNode(file, args, options) {
  return run(process.execPath, [file, ...args], options);
}

/** The npm program as a JavaScript file: running `npm` itself would need a shell on Windows. */
export function npmScript() {
  const bin = dirname(process.execPath);
  const places = [
    process.env.npm_execpath ?? '',
    join(bin, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(bin, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  return places.find((place) => basename(place) === 'npm-cli.js' && existsSync(place));
}

/** Runs npm. @param {readonly string[]} args @param {import('node:child_process').SpawnOptions} [options] */
export function runNpm(args, options) {
  const script = npmScript();
  if (script !== undefined) return runNode(script, args, options);
  return run('npm', args, { ...options, shell: process.platform === 'win32' });
}

/** Compiles the native modules of VS Code's server with the node-gyp that npm carries. */
import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ScriptError, say } from '../paths.mjs';
import { npmScript } from '../processes.mjs';
import { runLogged } from './logged.mjs';
import { vscodeOf } from './place.mjs';

const ofVscode = ['@vscode/spdlog', 'native-watchdog', 'node-pty', 'kerberos'];

/** npm's own node-gyp. */
function nodeGyp() {
  const npm = npmScript();
  if (npm === undefined) {
    throw new ScriptError('The test host cannot be had here: npm is not beside this Node.');
  }
  return createRequire(npm).resolve('node-gyp/bin/node-gyp.js');
}

/** The program that compiles a module: node-gyp, or the one in front of it that knows the module's names. @param {string} module @param {string} gyp */
function compilerOf(module, gyp) {
  const { scripts } = JSON.parse(readFileSync(join(module, 'package.json'), 'utf8'));
  if (!/^node-pre-gyp /.test(scripts?.install ?? '')) return gyp;
  const from = createRequire(join(module, 'package.json'));
  return from.resolve('@mapbox/node-pre-gyp/bin/node-pre-gyp');
}

/**
 * Compiles one module, unless it was compiled for this Node already.
 * @param {string} folder
 * @param {string} module its folder
 * @param {{node: string, prefix: string}} runtime
 */
async function compile(folder, module, { node, prefix }) {
  const name = module.slice(module.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const done = join(module, '.compiled');
  const made = `${name} for ${node}\n`;
  if (existsSync(done) && readFileSync(done, 'utf8') === made) return;
  await rm(done, { force: true });
  say(`Compiling ${name} …`);
  const gyp = nodeGyp();
  const env = {
    ...process.env,
    PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`,
    npm_config_node_gyp: gyp,
  };
  // Without the folder of headers node-gyp would download them.
  const args = ['rebuild', `--nodedir=${prefix}`, `--jobs=${availableParallelism()}`];
  const log = join(folder, `compile-${name.replace('/', '-')}.log`);
  const command = [compilerOf(module, gyp), ...args];
  const { code, complaint } = await runLogged(node, command, { cwd: module, log, env });
  if (code !== 0) {
    throw new ScriptError(
      `The test host cannot be had here: ${name} could not be compiled (${complaint}); all of it is in ${log}.`,
    );
  }
  await writeFile(done, made);
}

/** Compiles what is not compiled yet. @param {string} folder @param {{node: string, prefix: string}} runtime */
export async function compileNativeModules(folder, runtime) {
  const codeServer = createRequire(join(folder, 'node_modules', 'code-server', 'package.json'));
  const argon2 = dirname(codeServer.resolve('argon2/package.json'));
  await compile(folder, argon2, runtime);
  for (const name of ofVscode) {
    await compile(folder, join(vscodeOf(folder), 'node_modules', name), runtime);
  }
}

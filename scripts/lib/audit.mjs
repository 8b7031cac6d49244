/**
 * What the package registry knows against the packages of package-lock.json, as `npm audit` asks for it. A package
 * that users get (docs/decisions/audit.md) must have no advisory that is high or critical; all others are told.
 */
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ScriptError, root, say } from './paths.mjs';
import { runNpm } from './processes.mjs';

/** Packages for development whose code the bundles carry all the same. */
export const bundled = ['@tensorflow/tfjs-core'];
const serious = new Set(['high', 'critical']);
/** Nobody waits for a registry that does not answer. */
const patience = ['--fetch-retries=0', '--fetch-timeout=20000'];

/** @typedef {{version?: string, dependencies?: Record<string, string>, optionalDependencies?: Record<string, string>}} Entry of a lock file */
/** @typedef {Record<string, Entry>} Entries by their place, such as node_modules/a/node_modules/b */
/** @typedef {{title: string, url: string, severity: string}} Advisory */
/** @typedef {{name: string, nodes: readonly string[], via: readonly (Advisory | string)[]}} Vulnerability as npm lists it; a text in `via` names another that it comes from */
/** @typedef {{place: string, text: string, severity: string}} Finding */

/** Where a package that one at `from` names lies, as Node looks for it. @param {Entries} entries @param {string} from @param {string} name */
function placeOf(entries, from, name) {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name).replaceAll('\\', '/');
    if (place in entries) return place;
    if (folder === '' || folder === '.') return undefined;
  }
}

/**
 * The places of the packages that users get: what the dependencies and the bundles lead to, for any platform.
 * The root's own optional dependencies are no part of it: no package of ours carries them.
 * @param {Entries} entries @returns {Set<string>}
 */
export function shippedPlaces(entries) {
  /** @type {Set<string>} */
  const found = new Set();
  const add = (/** @type {string} */ from, /** @type {readonly string[]} */ names) => {
    for (const name of names) {
      const place = placeOf(entries, from, name);
      if (place === undefined || found.has(place)) continue;
      found.add(place);
      const { dependencies = {}, optionalDependencies = {} } = entries[place] ?? {};
      add(place, Object.keys({ ...dependencies, ...optionalDependencies }));
    }
  };
  add('', [...Object.keys(entries['']?.dependencies ?? {}), ...bundled]);
  return found;
}

/** @param {readonly Vulnerability[]} vulnerabilities @param {Entries} entries @returns {Finding[]} */
function findingsOf(vulnerabilities, entries) {
  return vulnerabilities.flatMap(({ name, nodes, via }) =>
    nodes.flatMap((place) =>
      via
        .filter((cause) => typeof cause === 'object')
        .map(({ title, url, severity }) => ({
          place,
          severity,
          text: `${name} ${entries[place]?.version ?? ''} (${severity}): ${title}, ${url}`,
        })),
    ),
  );
}

/** What `npm audit --json` prints for the lock file of a folder. @param {string} folder */
async function askRegistry(folder) {
  const temporary = await mkdtemp(join(tmpdir(), 'segdec-audit-'));
  const answer = join(temporary, 'answer.json');
  const file = openSync(answer, 'w');
  try {
    const args = ['audit', '--json', '--package-lock-only', ...patience];
    await runNpm(args, { cwd: folder, stdio: ['ignore', file, 'ignore'] });
    return await readFile(answer, 'utf8');
  } finally {
    closeSync(file);
    await rm(temporary, { recursive: true, force: true });
  }
}

/** The vulnerabilities of an answer, or why there are none to be had. @param {string} text @returns {{vulnerabilities: Vulnerability[]} | {why: string}} */
function read(text) {
  try {
    const { vulnerabilities, message } = JSON.parse(text);
    if (typeof vulnerabilities === 'object' && vulnerabilities !== null) {
      return { vulnerabilities: Object.values(vulnerabilities) };
    }
    return { why: String(message ?? 'it said nothing').split('\n', 1)[0] ?? '' };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { why: 'npm gave no answer that can be read' };
  }
}

/**
 * Throws a ScriptError that names each high or critical advisory of what users get. Anything else is said in a
 * line each and fails nothing, also that the registry does not answer.
 * @param {string} [folder] with a package-lock.json
 */
export async function checkAdvisories(folder = root) {
  const { packages } = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8'));
  const answer = read(await askRegistry(folder));
  if ('why' in answer) {
    say(`Advisories: not checked, for the package registry does not answer (${answer.why}).`);
    return;
  }
  const shipped = shippedPlaces(packages);
  const findings = findingsOf(answer.vulnerabilities, packages);
  const bad = findings.filter(({ place, severity }) => shipped.has(place) && serious.has(severity));
  for (const finding of findings.filter((one) => !bad.includes(one))) {
    const where = shipped.has(finding.place) ? 'users get it' : 'not among what users get';
    say(`Advisories: ${finding.text} (${where})`);
  }
  if (bad.length === 0) return;
  throw new ScriptError(
    `Advisories of packages that users get:\n${bad.map(({ text }) => `  ${text}`).join('\n')}\nRaise their versions in package.json, or do without them.`,
  );
}

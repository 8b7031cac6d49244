/** What `npm start` says before it installs anything: what, how much, how long on two cores, and where it lies. */

const packagesLine = 'npm packages, into node_modules: about 900 MB, one to two minutes';
const hostLine =
  'VS Code for a browser (code-server), into .cache/testhost: about 340 MB, about a minute, with a compiler';

/**
 * The text, or undefined where all is there.
 * @param {{packages: boolean, host: boolean, system: readonly string[]}} missing
 */
export function whatComes({ packages, host, system }) {
  const lines = [...(packages ? [packagesLine] : []), ...(host ? [hostLine] : [])];
  if (host && system.length > 0) {
    lines.push(`packages of the system, asked for first: ${system.join(', ')}`);
  }
  if (lines.length === 0) return undefined;
  const list = lines.map((line) => `  - ${line}\n`).join('');
  return `This will be installed, most of it once:\n${list}Everything but packages of the system lies in this folder.`;
}

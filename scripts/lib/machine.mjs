/** What this machine must be: a Node that is new enough and a platform that the runtime has binaries for. */
import { ScriptError } from './paths.mjs';

const leastNode = [20, 19];

/** Platforms that onnxruntime-node carries binaries for and that we test or expect to work. */
const platforms = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64'];

/** The sentence that says why this machine cannot be used, or undefined. @param {string} version such as 20.19.0 @param {string} platform such as linux-x64 */
export function machineProblem(version, platform) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor, leastMinor] = leastNode;
  if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
    return `SegDec needs Node ${leastNode.join('.')} or newer; this is Node ${version}. Install a newer Node and try again.`;
  }
  if (!platforms.includes(platform)) {
    return `SegDec runs on Linux (x64, arm64), macOS (Apple silicon) and Windows (x64): the ONNX Runtime has no binaries for ${platform}.`;
  }
  return undefined;
}

/** Throws a ScriptError on a machine that cannot be used. */
export function checkMachine() {
  const problem = machineProblem(process.versions.node, `${process.platform}-${process.arch}`);
  if (problem !== undefined) throw new ScriptError(problem, 2);
}

/** What is inside a VSIX, which is a zip file: the names, read from its directory at the end. */
import { readFile } from 'node:fs/promises';
import { ScriptError } from '../paths.mjs';

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const endLength = 22;

/** The names in a zip file. @param {string} file @returns {Promise<string[]>} */
export async function namesInArchive(file) {
  const data = await readFile(file);
  let end = data.length - endLength;
  while (end >= 0 && data.readUInt32LE(end) !== endSignature) end--;
  if (end < 0) throw new ScriptError(`${file} is not a whole zip file.`);
  const names = [];
  let at = data.readUInt32LE(end + 16);
  for (let left = data.readUInt16LE(end + 10); left > 0; left--) {
    if (data.readUInt32LE(at) !== entrySignature) {
      throw new ScriptError(`The directory of ${file} is damaged.`);
    }
    const [name, extra, comment] = [28, 30, 32].map((offset) => data.readUInt16LE(at + offset));
    names.push(data.toString('utf8', at + 46, at + 46 + name));
    at += 46 + name + extra + comment;
  }
  return names;
}

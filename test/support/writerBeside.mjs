/**
 * Writes what standard input says to a file, whole, again and again until the input ends; prints how often.
 * node writerBeside.mjs ATOMIC_WRITE_MODULE FILE
 */
import { once } from 'node:events';

const [, , module, file] = process.argv;
const { writeFileWhole } = await import(module);
let content = '';
let over = false;
process.stdin.setEncoding('utf8').on('data', (text) => (content += text));
process.stdin.on('end', () => (over = true));
await once(process.stdin, 'data');
// One more line end than the content had is the caller's.
const text = content.slice(0, -1);
let count = 0;
while (!over) {
  await writeFileWhole(file, text);
  count += 1;
  if (count === 1) console.log(count);
}
console.log(count);

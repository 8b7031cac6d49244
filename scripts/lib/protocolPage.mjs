/**
 * The fingerprint on docs/protocol.md: of what editor and server say to each other. A changed one means that
 * somebody has to look at the page; `npm run docs -- --protocol` says that somebody did.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './paths.mjs';

const page = join(root, 'docs', 'protocol.md');
const line = /^<!-- sha256 of protocol\/: ([0-9a-f]*) -->$/m;
/** What web views say is between them and the extension alone. */
const elsewhere = ['webview.ts'];

/** The fingerprint of protocol/ as it is. */
export async function protocolHash() {
  const hash = createHash('sha256');
  const names = (await readdir(join(root, 'protocol'))).filter((name) => name.endsWith('.ts'));
  for (const name of names.filter((one) => !elsewhere.includes(one)).sort()) {
    const text = await readFile(join(root, 'protocol', name), 'utf8');
    hash.update(`${name}\0`).update(text.replaceAll('\r\n', '\n'));
  }
  return hash.digest('hex');
}

/** The fingerprint that the page carries. */
export async function pageHash() {
  return line.exec(await readFile(page, 'utf8'))?.[1] ?? '';
}

/** Puts the fingerprint of protocol/ as it is on the page. */
export async function stampPage() {
  const text = await readFile(page, 'utf8');
  await writeFile(
    page,
    text.replace(line, `<!-- sha256 of protocol/: ${await protocolHash()} -->`),
  );
}

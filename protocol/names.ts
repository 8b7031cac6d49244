/**
 * How names of files are compared, here and by whoever writes them: macOS takes letters with marks apart (NFD),
 * Windows writes backslashes, cameras write endings in any case. Text in, text out; imports nothing of ours.
 */

/** What most names are: ASCII, without a backslash or a `./` to take away. */
const isPlain = /^(?!\.\/)[\0-[\]-\x7f]*$/;

/** Letters put together. */
const together = (text: string): string => (isPlain.test(text) ? text : text.normalize('NFC'));

/** Relative, with forward slashes, letters put together. */
const plain = (path: string): string =>
  isPlain.test(path)
    ? path
    : path
        .replaceAll('\\', '/')
        .replace(/^(\.\/)+/, '')
        .normalize('NFC');

/** The same for two ways to write the path of one file: Unicode forms, slashes and the case of the ending do not count. */
export function nameKey(path: string): string {
  const name = plain(path);
  const dot = name.lastIndexOf('.');
  return dot > name.lastIndexOf('/') + 1
    ? name.slice(0, dot) + name.slice(dot).toLowerCase()
    : name;
}

/** A word as folders and cells are compared: no case, no spaces, dots, hyphens and underscores. */
export const wordKey = (name: string): string =>
  together(name)
    .toLowerCase()
    .replace(/[\s._-]+/g, '');

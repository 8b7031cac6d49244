/** What systems and network drives put between people's files: thumbnails and bins, never images of a dataset. */

/** Lower case: Synology, QNAP, macOS's archives, Windows, Linux. */
const folders: ReadonlySet<string> = new Set([
  ...['@eadir', '@recycle', '@recently-snapshot', '@tmp', '#recycle', '#snapshot'],
  ...['__macosx', '$recycle.bin', 'system volume information', 'lost+found'],
]);
const files: ReadonlySet<string> = new Set(['thumbs.db', 'ehthumbs.db', 'desktop.ini']);

/** True for the name of a file or folder that no listing shows; names with a dot in front are among them. */
export function isJunk(name: string): boolean {
  if (name.startsWith('.')) return true;
  const key = name.toLowerCase();
  return folders.has(key) || files.has(key);
}

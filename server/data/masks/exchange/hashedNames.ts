/**
 * File names that a tool put a hash into, so that two uploads of one name stay apart. Label Studio has it before the
 * name, Roboflow behind it and behind the ending, others an UUID or a digest before it. Only what looks like such a
 * hash is taken off: a date or a number of a part is none.
 */

/** Eight hexadecimal digits with a digit and a letter among them, perhaps behind the number of a project; no whole UUID. */
const labelStudio =
  /^(?:\d+-)?(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{8}-(?!(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\.)(.+)$/;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}[-_](.+)$/i;
const digest = /^(?=\d*[a-f])(?=[a-f]*\d)(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})[-_](.+)$/i;
/** The ending before the hash is that of the image which was uploaded. */
const roboflow =
  /^(.+?)(?:_(jpe?g|png|bmp|tiff?|webp))?\.rf\.(?=[^.]*\d)[0-9A-Za-z]{16,}((?:_(?:mask|GT|gt|label))?)(\.\w+)?$/i;

/** The file name before a tool put a hash into it; undefined for one without. */
export function withoutHash(name: string): string | undefined {
  for (const form of [uuid, digest, labelStudio]) {
    const plain = form.exec(name)?.[1];
    if (plain !== undefined) return plain;
  }
  const [, stem, ending, mask = '', last = ''] = roboflow.exec(name) ?? [];
  if (stem === undefined) return undefined;
  return ending === undefined || mask !== '' ? `${stem}${mask}${last}` : `${stem}.${ending}`;
}

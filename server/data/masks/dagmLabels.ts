/**
 * DAGM's Labels.txt: a row an image, in columns apart by tabs: number, 1 for defective, image, 0, mask (0
 * without one). Only the row of one image is changed.
 */

/** A row with its label and mask replaced; other columns and all blanks stay. */
function changed(row: string, image: string, mask: string | undefined): string | undefined {
  // Blanks at the odd places.
  const parts = row.split(/(\s+)/);
  const place = parts.indexOf(image);
  if (place < 2) return undefined;
  if (/^[01]$/.test(parts[place - 2] ?? '')) parts[place - 2] = mask === undefined ? '0' : '1';
  const last = parts.findLastIndex((part, i) => i % 2 === 0 && part !== '');
  if (last > place) parts[last] = mask ?? '0';
  return parts.join('');
}

/** The text for an image (its name) that has a mask (its name) or has none any more. */
export function withDagmLabel(text: string, image: string, mask: string | undefined): string {
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  const rows = text.split(lineBreak);
  for (const [i, row] of rows.entries()) {
    const now = changed(row, image, mask);
    if (now === undefined) continue;
    rows[i] = now;
    return rows.join(lineBreak);
  }
  if (mask === undefined) return text;
  const stem = image.slice(0, image.lastIndexOf('.'));
  const number = /^\d+$/.test(stem) ? String(Number(stem)) : stem;
  const gap = text === '' || text.endsWith(lineBreak) ? '' : lineBreak;
  return `${text}${gap}${[number, '1', image, '0', mask].join('\t')}${lineBreak}`;
}

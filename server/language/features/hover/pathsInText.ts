/**
 * The texts around a position that may be a path, in any language: the string, bracket, cell, value or word
 * that the position is in. Guessing is free, since only images of an open dataset are ever shown.
 */

export interface PathInText {
  readonly text: string;
  /** Characters of the line. */
  readonly start: number;
  readonly end: number;
}

/** Of a line with a whole file in it, this much on each side is looked at. */
export const mostCharacters = 2048;

type Span = readonly [start: number, end: number];

/** The string with this kind of quote that a position is in; backslashes escape. */
function quotedSpan(line: string, at: number, quote: string): Span | undefined {
  let open: number | undefined;
  for (let i = 0; i < line.length; i += 1) {
    const character = line[i];
    if (character === '\\' && open !== undefined) i += 1;
    else if (character === quote) {
      if (open === undefined) open = i + 1;
      else if (at >= open && at <= i) return [open, i];
      else open = undefined;
    }
    if (open === undefined && i >= at) return undefined;
  }
  return undefined;
}

/** What lies between the nearest of some characters on both sides. */
function spanBetween(line: string, at: number, left: RegExp, right: RegExp): Span {
  let [start, end] = [at, at];
  while (start > 0 && !left.test(line[start - 1] ?? '')) start -= 1;
  while (end < line.length && !right.test(line[end] ?? '')) end += 1;
  return [start, end];
}

/** The value of a line of YAML: after `key: ` or `- `, up to a comment. */
function valueSpan(line: string, at: number): Span | undefined {
  const match = /^(\s*(?:- +)*(?:[^\s:#][^:#]*: +)?)(.*?)(?:\s+#.*)?$/.exec(line);
  const start = match?.[1]?.length ?? 0;
  const end = start + (match?.[2]?.length ?? 0);
  return at >= start && at <= end ? [start, end] : undefined;
}

function trimmed(line: string, [start, end]: Span): Span {
  const text = line.slice(start, end);
  const left = text.length - text.trimStart().length;
  return [start + left, start + left + text.trim().length];
}

/** A text, and what it says when it is percent-encoded, escaped or written with backslashes. */
function readings(text: string): string[] {
  const all = [text];
  if (text.includes('%')) {
    try {
      all.push(decodeURIComponent(text));
    } catch (error) {
      // A percent sign that encodes nothing is a percent sign.
      if (!(error instanceof URIError)) throw error;
    }
  }
  if (text.includes('\\')) {
    all.push(text.replace(/\\(["'\\/])/g, '$1'), text.replace(/\\+/g, '/'));
  }
  return all;
}

/** Texts that may be a path, the most probable first. */
export function pathsAt(line: string, at: number): PathInText[] {
  const spans: (Span | undefined)[] = [
    ...['"', "'", '`'].map((quote) => quotedSpan(line, at, quote)),
    spanBetween(line, at, /[(]/, /[)]/),
    spanBetween(line, at, /</, />/),
    spanBetween(line, at, /,/, /,/),
    spanBetween(line, at, /[;\t]/, /[;\t]/),
    valueSpan(line, at),
    spanBetween(line, at, /[\s"'`()<>,;=[\]{}|*]/, /[\s"'`()<>,;=[\]{}|*]/),
  ];
  const seen = new Set<string>();
  return spans.flatMap((span): PathInText[] => {
    if (span === undefined) return [];
    const [start, end] = trimmed(line, span);
    const text = line.slice(start, end);
    if (text === '' || at < start || at > end || seen.has(text)) return [];
    seen.add(text);
    return readings(text).map((reading) => ({ text: reading, start, end }));
  });
}

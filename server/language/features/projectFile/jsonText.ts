/** segdec.json as text: what it says as far as it can be used, and where. */
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import type { Node, ParseError } from 'jsonc-parser';
import { projectSchema } from '../../../runs/projectSchema.ts';
import type { ProjectSettings } from '../../../runs/projectSchema.ts';

export interface ProjectText {
  readonly root: Node;
  /** Keys that the schema refuses are left out: an editor says so by the schema. */
  readonly settings: ProjectSettings;
}

function withoutRefused(value: object): ProjectSettings {
  let left: Record<string, unknown> = { ...value };
  for (;;) {
    const parsed = projectSchema.safeParse(left);
    if (parsed.success) return parsed.data;
    const refused = new Set(
      parsed.error.issues.flatMap((issue) => {
        const [key] = issue.path;
        if (key !== undefined) return [String(key)];
        return issue.code === 'unrecognized_keys' ? issue.keys : [];
      }),
    );
    const kept = Object.entries(left).filter(([key]) => !refused.has(key));
    if (kept.length === Object.keys(left).length) return {};
    left = Object.fromEntries(kept);
  }
}

function valueOf(node: Node): unknown {
  if (node.type === 'array') return node.children?.map(valueOf) ?? [];
  if (node.type !== 'object') return node.value;
  return Object.fromEntries(
    (node.children ?? []).flatMap(({ children: [key, value] = [] }) =>
      key === undefined || value === undefined ? [] : [[key.value, valueOf(value)]],
    ),
  );
}

/** Reads the text; undefined where it is no JSON object, which an editor says by itself. */
export function readProjectText(text: string): ProjectText | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true });
  if (root?.type !== 'object' || errors.length > 0) return undefined;
  const value = valueOf(root);
  if (typeof value !== 'object' || value === null) return undefined;
  return { root, settings: withoutRefused(value) };
}

/** Offsets of a key's value, or of the opening brace for a key that is not there. */
export function placeOf(
  { root }: Pick<ProjectText, 'root'>,
  path: readonly (string | number)[],
): { readonly start: number; readonly end: number } {
  const node = path.length === 0 ? undefined : findNodeAtLocation(root, [...path]);
  if (node === undefined) return { start: root.offset, end: root.offset + 1 };
  return { start: node.offset, end: node.offset + node.length };
}

/** What VS Code keeps for the page over a reload of the window: where one looked, and strokes nobody answered. */
import * as z from 'zod/mini';
import { changeSchema } from '../../protocol/mask/edits.ts';
import type { LayerChange } from '../../protocol/mask/edits.ts';
import { maskActions, maskTools } from '../../protocol/maskEditor.ts';
import type { Edit } from './ledger.ts';
import type { View } from './view.ts';

/** Kept state is JSON: bytes as base64. */
const keptChange = z.object({
  ...{ layer: z.enum(['defect', 'ignore']), set: z.string(), clear: z.string() },
  box: z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() }),
});
export const keptSchema = z.object({
  document: z.string(),
  view: z.exactOptional(z.object({ zoom: z.number(), left: z.number(), top: z.number() })),
  edits: z.array(
    z.object({ tool: z.enum([...maskTools, ...maskActions]), changes: z.array(keptChange) }),
  ),
});
export type Kept = z.infer<typeof keptSchema>;

const toText = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
};

function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

export function keep(document: string, edits: readonly Edit[], view: View | undefined): Kept {
  return {
    document,
    ...(view === undefined ? {} : { view }),
    edits: edits.map(({ tool, changes }) => ({
      tool,
      changes: changes.map(({ layer, box, set, clear }) => ({
        ...{ layer, box, set: toText(set), clear: toText(clear) },
      })),
    })),
  };
}

/** Edits as they were; those that cannot be read are left out. */
export function editsOf({ edits }: Kept): Edit[] {
  return edits.flatMap(({ tool, changes }): Edit[] => {
    try {
      const read = changes.map((change): LayerChange => {
        const bytes = { set: toBytes(change.set), clear: toBytes(change.clear) };
        return changeSchema.parse({ ...change, ...bytes });
      });
      return [{ tool, changes: read }];
    } catch {
      return [];
    }
  });
}

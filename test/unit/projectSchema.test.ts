/** dist/segdec.schema.json: what editors are told of segdec.json is what the program accepts. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { projectJsonSchema, projectSchema } from '../../server/runs/projectSchema.ts';

interface Node {
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly enumDescriptions?: readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
}

// As a reader of the file sees it.
const schema = JSON.parse(JSON.stringify(projectJsonSchema())) as Node;
const validator = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
const accepts = (value: unknown): boolean => validator.safeParse(value).success;

async function exampleOfDocs(): Promise<unknown> {
  const page = await readFile('docs/cli.md', 'utf8');
  const [, example = ''] = /```json\n(\{[^`]*?"dataset"[^`]*?)```/.exec(page) ?? [];
  return JSON.parse(example) as unknown;
}

test('the example of the documentation is accepted', async () => {
  expect(accepts(await exampleOfDocs())).toBe(true);
  expect(projectSchema.safeParse(await exampleOfDocs()).success).toBe(true);
});

test('the documentation names every key', async () => {
  const page = await readFile('docs/cli.md', 'utf8');
  const [, keys = ''] = /^Keys: (.*)$/m.exec(page) ?? [];
  const named = new Set([...keys.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
  // What is of the file itself.
  const own = new Set(['$schema', 'schemaVersion', 'needs']);
  const all = Object.keys(projectSchema.shape).filter((key) => !own.has(key));
  expect(all.filter((key) => !named.has(key))).toEqual([]);
});

test.each([
  [{ datasets: '.' }],
  [{ settings: { epoch: 3 } }],
  [{ layout: 'coco' }],
  [{ size: '256' }],
  [{ validation: 1 }],
  [{ segmented: -1 }],
  [{ schemaVersion: 2 }],
  [{ threads: 1.5 }],
])('%j is refused by both', (value) => {
  expect(accepts(value)).toBe(false);
  expect(projectSchema.safeParse(value).success).toBe(false);
});

test.each([
  [{}],
  [{ segmented: 'all', validation: 'test' }],
  [{ segmented: ['a.png'], validation: 0.2, seed: -4, $schema: './x.json' }],
  [{ settings: { epochs: 3, classTarget: 'label' }, fold: 0 }],
])('%j is accepted by both', (value) => {
  expect(accepts(value)).toBe(true);
  expect(projectSchema.safeParse(value).success).toBe(true);
});

function undescribed(node: Node, place: string): string[] {
  const own = node.description === undefined ? [place] : [];
  if (node.enum !== undefined && node.enum.length !== node.enumDescriptions?.length) {
    own.push(`${place}: the words`);
  }
  const below = Object.entries(node.properties ?? {});
  return [...own, ...below.flatMap(([name, child]) => undescribed(child, `${place}.${name}`))];
}

test('every key and every word of a choice says what it does', () => {
  expect(undescribed(schema, 'segdec.json')).toEqual([]);
});

test('the built file is this schema', async () => {
  const built = JSON.parse(await readFile('dist/segdec.schema.json', 'utf8')) as unknown;
  expect(built).toEqual(schema);
});

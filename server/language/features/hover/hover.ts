/** Hovers: an image wherever its path is written, with its mask and heat map. */
import { MarkupKind } from 'vscode-languageserver';
import type { CancellationToken, Hover, HoverParams, Range } from 'vscode-languageserver';
import { join } from 'node:path';
import type { Project } from '../../project/project.ts';
import type { FoundSample } from '../../project/projects.ts';
import type { Workplace } from '../../workplace.ts';
import { fileOf, rangeOf } from '../places.ts';
import type { Tables } from '../tables/tables.ts';
import { findImage } from './findImage.ts';
import { markdownCard, plainCard } from './imageCard.ts';
import { mostCharacters, pathsAt } from './pathsInText.ts';
import { signalOf } from '../../door.ts';

/** Points; the picture has twice as many pixels, for sharp screens. */
const shownSide = 240;
/** A picture that takes longer is not waited for: the hover says what it can, and the next one has it. */
const patience = 1500;

interface Target {
  readonly found: FoundSample;
  readonly range: Range;
}

function targetInTable(
  tables: Tables,
  { textDocument, position }: HoverParams,
): Target | undefined {
  const open = tables.get(textDocument.uri);
  const offset = open?.document.offsetAt(position) ?? 0;
  const record = open?.table.record(Math.max(1, open.table.indexAt(offset)));
  if (open === undefined || record === undefined) return undefined;
  if (offset < record.start || offset > record.end) return undefined;
  const image = open.table.value(record, 'image');
  if (image === undefined || open.project.item(image) === undefined) return undefined;
  const range = rangeOf(open.document, record.start, record.end);
  return { found: { project: open.project, image }, range };
}

function targetInText(
  { documents, projects }: Workplace,
  { textDocument, position: { line, character } }: HoverParams,
): Target | undefined {
  const file = fileOf(textDocument.uri);
  const document = documents.get(textDocument.uri);
  if (file === undefined || document === undefined) return undefined;
  const from = Math.max(0, character - mostCharacters);
  const text = document
    .getText({
      start: { line, character: from },
      end: { line, character: character + mostCharacters },
    })
    .replace(/[\r\n]+$/, '');
  for (const path of pathsAt(text, character - from)) {
    const found = findImage(path.text, file, projects);
    if (found === undefined) continue;
    const at = (place: number) => ({ line, character: from + place });
    return { found, range: { start: at(path.start), end: at(path.end) } };
  }
  return undefined;
}

/** What is made, or undefined when nobody waits any longer; it is made all the same. */
async function unless<T>(signal: AbortSignal, made: Promise<T>): Promise<T | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  try {
    return await Promise.race([made, stopped]);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

export class Hovers {
  readonly #workplace: Workplace;
  readonly #tables: Tables;
  readonly #markdown: boolean;
  readonly #width: number | undefined;

  constructor(workplace: Workplace, tables: Tables) {
    this.#workplace = workplace;
    this.#tables = tables;
    const { capabilities, clientInfo } = workplace.client;
    const formats = capabilities.textDocument?.hover?.contentFormat ?? [];
    this.#markdown = formats.includes(MarkupKind.Markdown);
    // VS Code's own addition to Markdown; elsewhere it would belong to the address.
    const knowsWidth = /code|codium|cursor|windsurf|positron|theia/i.test(clientInfo?.name ?? '');
    this.#width = knowsWidth ? shownSide : undefined;
  }

  async hover(params: HoverParams, token: CancellationToken): Promise<Hover | null> {
    const target = targetInTable(this.#tables, params) ?? targetInText(this.#workplace, params);
    if (target === undefined) return null;
    const { project, image } = target.found;
    const item = project.item(image);
    if (item === undefined) return null;
    if (!this.#markdown) {
      const value = plainCard(item, project.activeRun);
      return { contents: { kind: MarkupKind.PlainText, value }, range: target.range };
    }
    const files = await this.#files(project, image, signalOf(token));
    const value = markdownCard(join(project.folder, image), item, project.activeRun, {
      files,
      width: this.#width,
    });
    return { contents: { kind: MarkupKind.Markdown, value }, range: target.range };
  }

  /** The image, and where there is more to see, the image under its mask and heat map. */
  async #files(project: Project, image: string, cancelled: AbortSignal): Promise<string[]> {
    const item = project.item(image);
    const more = item?.mask === true || typeof item?.score === 'number';
    const kinds = more ? (['plain', 'overlay'] as const) : (['plain'] as const);
    const side = this.#width === undefined ? shownSide : 2 * shownSide;
    const waiting = AbortSignal.any([cancelled, AbortSignal.timeout(patience)]);
    const files = await Promise.all(
      kinds.map((kind) =>
        unless(waiting, this.#workplace.pictures.get(project, image, kind, side, cancelled)),
      ),
    );
    // Without mask and heat map the second is the first.
    return [...new Set(files.filter((file) => file !== undefined))];
  }
}

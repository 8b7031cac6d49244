/** Going from image to image in the same tab, and reading the next one ahead. */
import * as vscode from 'vscode';
import { errorText } from '../../protocol/errors.ts';
import type { ImageQuery } from '../../protocol/explorer.ts';
import type { MaskStep } from '../../protocol/maskEditor.ts';
import { requests } from '../../protocol/messages.ts';
import type { Services } from '../context.ts';
import { maskEditorType } from '../openImage.ts';
import { ServerAway } from '../server/serverHandle.ts';
import type { MaskSession } from './maskSession.ts';
import { readMask } from './maskFiles.ts';
import type { StepSource } from './steps.ts';
import { imageAfter, indexOf } from './steps.ts';

export class MaskNavigation {
  readonly #services: Services;
  readonly #query: () => ImageQuery;
  /** Images that were looked at in this window, by project. */
  readonly #seen = new Map<string, Set<string>>();
  /** Images that were opened by going to them. */
  readonly #opened = new Set<string>();

  constructor(services: Services, query: () => ImageQuery) {
    this.#services = services;
    this.#query = query;
  }

  async go(session: MaskSession, step: MaskStep): Promise<void> {
    const { place, image } = session.document.place;
    const from = { image, lastIndex: session.lastIndex };
    const seen = this.#seenIn(place.project);
    const found = await imageAfter(step, this.#sourceOf(session), from, seen);
    if (found === undefined) {
      vscode.window.setStatusBarMessage(this.#endText(step), 4000);
      return;
    }
    const saves = vscode.workspace.getConfiguration('segdec.maskEditor').get<boolean>('saveOnNext');
    if (saves === true && session.document.isDirty) {
      // Not saved: the person was told why, and stays.
      if ((await vscode.workspace.save(session.document.uri)) === undefined) return;
    }
    const uri = vscode.Uri.joinPath(vscode.Uri.file(place.dataset), ...found.split('/'));
    const viewColumn = session.panel.viewColumn ?? vscode.ViewColumn.Active;
    const options = { viewColumn, preview: true };
    await vscode.commands.executeCommand('vscode.openWith', uri, maskEditorType, options);
    await this.#closeLeft(session.document.uri, viewColumn);
    this.#opened.add(uri.toString());
  }

  /** A tab that was drawn in is kept by VS Code: a day of labelling would leave hundreds, each with its page. */
  async #closeLeft(uri: vscode.Uri, viewColumn: vscode.ViewColumn): Promise<void> {
    // One that the person opened is theirs to close.
    if (!this.#opened.delete(uri.toString())) return;
    const groups = vscode.window.tabGroups.all.filter((group) => group.viewColumn === viewColumn);
    const left = groups.flatMap(({ tabs }) =>
      tabs.filter(
        ({ input, isDirty, isActive }) =>
          !isDirty &&
          !isActive &&
          input instanceof vscode.TabInputCustom &&
          input.viewType === maskEditorType &&
          input.uri.toString() === uri.toString(),
      ),
    );
    if (left.length > 0) await vscode.window.tabGroups.close(left, true);
  }

  /** Remembers where an image is, and has the server read the next one. Each failure costs itself. */
  async readAhead(session: MaskSession): Promise<void> {
    const { place, image } = session.document.place;
    const { project } = place;
    this.#seenIn(project).add(image);
    try {
      const source = this.#sourceOf(session);
      session.lastIndex = await indexOf(source, image);
      const { lastIndex } = session;
      const next = await imageAfter('next', source, { image, lastIndex }, new Set());
      if (next === undefined) return;
      const { server } = this.#services;
      await server.request(requests.imageTiles, { project, image: next });
      await server.request(requests.maskOpen, { project, image: next });
    } catch (error) {
      if (error instanceof ServerAway) return;
      this.#services.log.debug(`The image after ${image}: ${errorText(error)}`);
    }
  }

  /** The mask of the image before, if it has the same size. */
  async previousMask(session: MaskSession): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { document, lastIndex } = session;
    const { place, image } = document.place;
    const from = { image, lastIndex };
    const found = await imageAfter('previous', this.#sourceOf(session), from, new Set());
    if (found === undefined) return undefined;
    const { layers } = await readMask(this.#services, { place, image: found }, 'now');
    const { width, height, isEmpty, bytes } = layers.defect;
    const isSame = width === document.width && height === document.height;
    return isSame && !isEmpty ? bytes : undefined;
  }

  #seenIn(project: string): Set<string> {
    const known = this.#seen.get(project) ?? new Set();
    this.#seen.set(project, known);
    return known;
  }

  #sourceOf(session: MaskSession): StepSource {
    const { server, labels } = this.#services;
    const { project } = session.document.place.place;
    return {
      ...{ server, project, query: this.#query() },
      shown: (item) => labels.applied(project, item),
    };
  }

  #endText(step: MaskStep): string {
    switch (step) {
      case 'previous':
        return vscode.l10n.t('This is the first image.');
      case 'next':
        return vscode.l10n.t('This is the last image.');
      case 'nextUnlabelled':
        return vscode.l10n.t('All images that the filter shows are labelled.');
      case 'nextUncertain':
        return vscode.l10n.t('There is no other image with a score that you have not seen.');
    }
  }
}

/** A window of VS Code, as a person sees and uses it. */
import type { FrameLocator, Locator, Page } from 'playwright-core';
import type { CodeServer } from '../../../scripts/lib/testHost/server.mjs';
import * as quickInput from './quickInput.ts';
import { waitUntil } from './waitUntil.ts';
import type { Waiting } from './waitUntil.ts';

/** Pairs that VS Code reads from the address, as for tests inside the extension host. */
export type Payload = readonly (readonly [string, string])[];

export interface OpenOptions extends Waiting {
  readonly payload?: Payload;
  /** Another folder or workspace file than the server's. */
  readonly workspace?: string;
}

/** Drawn, and the extensions' contributions known: before that a file opens in the text editor. */
async function ready(page: Page, timeout: number): Promise<void> {
  const bar = page.locator('.monaco-workbench .part.statusbar .statusbar-item');
  await bar.first().waitFor({ state: 'visible', timeout });
  const known = "performance.getEntriesByName('code/didLoadExtensions').length > 0";
  await page.waitForFunction(known, undefined, { timeout });
}

export class Workbench {
  private constructor(
    readonly page: Page,
    readonly server: CodeServer,
  ) {}

  /** Opens a window and waits until it is drawn and knows the extensions. */
  static async open(
    page: Page,
    server: CodeServer,
    { payload, workspace, timeout = 60_000 }: OpenOptions = {},
  ): Promise<Workbench> {
    const address = new URL(server.url(workspace));
    if (payload !== undefined) address.searchParams.set('payload', JSON.stringify(payload));
    await page.goto(address.href, { waitUntil: 'domcontentloaded', timeout });
    await ready(page, timeout);
    return new Workbench(page, server);
  }

  /**
   * Reloads the window by its command, which saves the workbench's state first; the browser's own reload
   * does not, and unsaved work would come back without its backup. While a backup is being written the
   * workbench objects: then it is asked again.
   */
  async reload({ timeout = 60_000 }: Waiting = {}): Promise<void> {
    const { page } = this;
    const state = { objections: 0 };
    const stay = (dialog: { dismiss: () => Promise<void> }): void => {
      state.objections += 1;
      void dialog.dismiss();
    };
    page.on('dialog', stay);
    try {
      await page.evaluate('globalThis.segdecBeforeReload = true');
      await waitUntil('the reload', () => this.tryReload(state), { timeout });
    } finally {
      page.off('dialog', stay);
    }
    await ready(page, timeout);
  }

  private async tryReload(state: { readonly objections: number }): Promise<boolean> {
    const before = state.objections;
    const isGone = async (): Promise<boolean> => {
      // While the page changes there is nothing to ask: that is not an answer yet.
      const there = await this.page
        .evaluate<boolean>('globalThis.segdecBeforeReload === true')
        .catch(() => true);
      return !there;
    };
    await this.runCommand('Developer: Reload Window');
    await waitUntil('the reload', async () => state.objections > before || (await isGone()));
    return state.objections === before;
  }

  /** Runs a command from the palette, by its title with or without the category. */
  runCommand(title: string, waiting?: Waiting): Promise<void> {
    return quickInput.runCommand(this.page, title, waiting);
  }

  /** What the palette offers for a text. */
  commandsOffered(text: string): Promise<string[]> {
    return quickInput.commandsOffered(this.page, text);
  }

  /** Picks an item of a quick pick by its whole label. */
  pickItem(label: string, waiting?: Waiting): Promise<void> {
    return quickInput.pickItem(this.page, label, waiting);
  }

  /** Checks several items of a quick pick and accepts. */
  pickItems(labels: readonly string[], waiting?: Waiting): Promise<void> {
    return quickInput.pickItems(this.page, labels, waiting);
  }

  /** Answers an input box. */
  typeText(text: string, waiting?: Waiting): Promise<void> {
    return quickInput.typeText(this.page, text, waiting);
  }

  /** Answers VS Code's dialog for files and folders, which a browser shows instead of the system's. */
  typePath(path: string): Promise<void> {
    return quickInput.typePath(this.page, path);
  }

  /** Opens a file of the workspace by its name, or its path where the name alone is not enough, in Quick Open. */
  async openFile(path: string): Promise<void> {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    await quickInput.ask(this.page, 'Control+P', path);
    await quickInput.pickFile(this.page, name, folder);
    await this.tab(name).waitFor();
  }

  /** Tabs of editors with this title. */
  tab(title: string): Locator {
    return this.page.locator('.part.editor .tabs-container .tab', { hasText: title }).first();
  }

  /** Shows a container of the activity bar, such as Explorer or SegDec. */
  async showContainer(title: string): Promise<void> {
    const item = this.page.locator('.part.activitybar .action-item', {
      has: this.page.locator(`a[aria-label^="${title}"]`),
    });
    const shown = this.page.locator('.part.sidebar .composite.title', { hasText: title });
    if (!(await shown.isVisible())) await item.first().click();
    await shown.waitFor();
  }

  /** A row of a tree in the side bar by a part of its text; within one view if its title is given. */
  treeRow(text: string, view?: string): Locator {
    const pane = this.page.locator('.part.sidebar .pane');
    const within =
      view === undefined
        ? pane
        : pane.filter({ has: this.page.locator('.pane-header', { hasText: view }) });
    return within.locator('.monaco-list-row', { hasText: text }).first();
  }

  /** The status bar's text. */
  statusBar(): Promise<string> {
    return this.page.locator('.part.statusbar').innerText();
  }

  /** The texts of the notifications that are shown. */
  notifications(): Promise<string[]> {
    return this.page
      .locator('.notifications-toasts .notification-list-item-message')
      .allTextContents();
  }

  /** Waits for a notification with this text and gives it. */
  async notification(text: string | RegExp, { timeout = 30_000 }: Waiting = {}): Promise<Locator> {
    const toast = this.page
      .locator('.notifications-toasts .notification-list-item', { hasText: text })
      .first();
    await toast.waitFor({ timeout });
    return toast;
  }

  /** Presses a button of a notification. */
  async answerNotification(text: string | RegExp, button: string): Promise<void> {
    const toast = await this.notification(text);
    await toast.locator('.monaco-button', { hasText: button }).click();
  }

  /** Presses a button of the modal dialog, as VS Code's question whether a folder is trusted. */
  async answerDialog(button: string | RegExp, { timeout = 30_000 }: Waiting = {}): Promise<void> {
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.locator('.monaco-button', { hasText: button }).first().click({ timeout });
    await dialog.waitFor({ state: 'hidden' });
  }

  /** The insides of the web views that are visible, in the order of the page. */
  async webviews(): Promise<FrameLocator[]> {
    const frames = this.page.locator('iframe.webview.ready');
    const inside = [];
    for (const frame of await frames.all()) {
      if (await frame.isVisible()) inside.push(inner(frame));
    }
    return inside;
  }

  /** The inside of the first visible web view. */
  webview(): FrameLocator {
    return inner(this.page.locator('iframe.webview.ready').locator('visible=true').first());
  }

  /** The visible web view in which a selector finds something; waits for it. */
  webviewWith(selector: string, waiting?: Waiting): Promise<FrameLocator> {
    return waitUntil(
      `a web view with ${selector}`,
      async () => {
        for (const frame of await this.webviews()) {
          if ((await frame.locator(selector).count()) > 0) return frame;
        }
        return undefined;
      },
      waiting,
    );
  }
}

/** A web view is a frame in a frame. */
const inner = (frame: Locator): FrameLocator =>
  frame.contentFrame().frameLocator('iframe#active-frame');

/**
 * A page of a web view in a plain browser, as VS Code would show it: the extension's own HTML and policy, VS
 * Code's style sheet, variables and `acquireVsCodeApi`, and at the other end whatever serves the view.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Browser, Page, Route } from 'playwright-core';
import type * as z from 'zod/mini';
import { receive } from '../../../protocol/webview.ts';
import { pageHtml } from '../../../extension/webviews/page.ts';
import type { ViewPort } from '../../../extension/webviews/panels.ts';
import { Emitter } from './emitter.ts';
import { themeOf } from './themes.ts';
import type { ThemeName } from './themes.ts';

const origin = 'https://segdec-view.test';

/** What VS Code 1.100 puts before an extension's own styles, as far as it shows. */
const vscodeStyles = `
html { scrollbar-color: var(--vscode-scrollbarSlider-background) var(--vscode-editor-background); }
body { overscroll-behavior-x: none; background-color: transparent; color: var(--vscode-editor-foreground);
  font-family: var(--vscode-font-family); font-weight: var(--vscode-font-weight);
  font-size: var(--vscode-font-size); margin: 0; padding: 0 20px; }
img, video { max-width: 100%; max-height: 100%; }
a, a code { color: var(--vscode-textLink-foreground); }
a:focus, input:focus, select:focus, textarea:focus { outline: 1px solid -webkit-focus-ring-color; outline-offset: -1px; }
kbd { background-color: var(--vscode-keybindingLabel-background); color: var(--vscode-keybindingLabel-foreground);
  border-style: solid; border-width: 1px; border-radius: 3px; vertical-align: middle; padding: 1px 3px; }
`;

export interface OpenOptions<To, From> {
  readonly bundle: 'grid' | 'training' | 'maskEditor';
  readonly incoming: z.ZodMiniType<From>;
  readonly theme?: ThemeName;
  /** What an earlier page kept. */
  readonly state?: unknown;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly forcedColors?: boolean;
  /** Serves the page; nobody does without it. */
  readonly serve?: (view: ViewPort<To, From>) => { dispose(): unknown };
  /** The bytes of a picture in the cache. */
  readonly picture?: (file: string) => Uint8Array;
}

export class ViewPage<To, From extends { readonly type: string }> {
  readonly page: Page;
  /** What the page said, in order. */
  readonly said: From[] = [];
  /** Exceptions, broken promises, violations of the policy: there must be none. */
  readonly faults: string[] = [];
  /** Lines of the page's console. */
  readonly console: string[] = [];
  state: unknown;
  /** Nobody hears the page, as when the extension host died. */
  isUnheard = false;
  #served: { dispose(): unknown } | undefined;

  private constructor(page: Page) {
    this.page = page;
  }

  static async open<To, From extends { readonly type: string }>(
    browser: Browser,
    options: OpenOptions<To, From>,
  ): Promise<ViewPage<To, From>> {
    const { viewport = { width: 1100, height: 760 }, forcedColors = false } = options;
    const context = await browser.newContext({
      viewport,
      forcedColors: forcedColors ? 'active' : 'none',
      locale: 'en-US',
      timezoneId: 'UTC',
    });
    // As long as the tests wait for anything.
    context.setDefaultTimeout(60_000);
    const view = new ViewPage<To, From>(await context.newPage());
    await view.#prepare(options);
    await view.page.goto(`${origin}/`);
    return view;
  }

  post(message: unknown): void {
    // A page that was closed meanwhile hears nothing, as in VS Code.
    void this.page
      .evaluate((value) => window.postMessage(value, '*'), message)
      .catch(() => undefined);
  }

  /** Messages of a type that the page sent so far. */
  saidOf<T extends From['type']>(type: T): Extract<From, { type: T }>[] {
    return this.said.filter((message) => message.type === type) as Extract<From, { type: T }>[];
  }

  async setTheme(name: ThemeName): Promise<void> {
    await this.page.evaluate(({ bodyClass, variables }) => {
      document.documentElement.removeAttribute('style');
      for (const [key, value] of Object.entries(variables)) {
        document.documentElement.style.setProperty(key, value);
      }
      document.body.className = bodyClass;
    }, themeOf(name));
  }

  async close(): Promise<void> {
    this.#served?.dispose();
    await this.page.context().close();
  }

  async #prepare(options: OpenOptions<To, From>): Promise<void> {
    const { page } = this;
    this.state = options.state;
    page.on('pageerror', (error) => this.faults.push(`error: ${error.stack ?? error.message}`));
    page.on('console', (line) => this.console.push(line.text()));
    const messages = new Emitter<From>();
    await page.exposeFunction('segdecSaid', (value: unknown) => {
      const message = receive(options.incoming, value, (problem) => this.faults.push(problem));
      if (message === undefined) return;
      this.said.push(message);
      if (!this.isUnheard) messages.fire(message);
    });
    await page.exposeFunction('segdecKept', (state: unknown) => (this.state = state));
    await page.exposeFunction('segdecFault', (fault: string) => this.faults.push(fault));
    await page.addInitScript(actAsVsCode, JSON.stringify(options.state ?? null));
    await page.route(`${origin}/**`, (route) => this.#fulfil(route, options));
    this.#served = options.serve?.({
      post: (message) => this.post(message),
      onMessage: messages.event,
      addressOf: (file) => `${origin}/cache/${encodeURIComponent(file)}`,
      visible: true,
      rename: () => undefined,
    });
  }

  async #fulfil(route: Route, options: OpenOptions<To, From>): Promise<void> {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') {
      await route.fulfill({ contentType: 'text/html', body: htmlOf(options) });
    } else if (pathname.startsWith('/cache/')) {
      const file = decodeURIComponent(pathname.slice('/cache/'.length));
      const bytes = options.picture?.(file);
      if (bytes === undefined) await route.fulfill({ status: 404 });
      else await route.fulfill({ contentType: 'image/png', body: Buffer.from(bytes) });
    } else {
      const type = types[pathname.split('.').at(-1) ?? ''];
      const file = join('dist/webview', basename(pathname));
      if (type === undefined || !existsSync(file)) await route.fulfill({ status: 404 });
      else await route.fulfill({ contentType: type, body: await readFile(file) });
    }
  }
}

const types: Readonly<Partial<Record<string, string>>> = {
  css: 'text/css',
  js: 'text/javascript',
  ttf: 'font/ttf',
};

/** The extension's page with what VS Code adds, before the policy begins. */
function htmlOf<To, From>({ bundle, theme = 'dark' }: OpenOptions<To, From>): string {
  const { bodyClass, variables } = themeOf(theme);
  const html = pageHtml({
    title: 'SegDec',
    language: 'en',
    script: `${origin}/${bundle}.js`,
    style: `${origin}/${bundle}.css`,
    source: origin,
    nonce: 'harness',
  });
  const style = Object.entries(variables).map(([name, value]) => `${name}: ${value}`);
  return html
    .replace('<html ', `<html style="${style.join('; ').replaceAll('"', '&quot;')}" `)
    .replace('<head>', `<head><style id="_defaultStyles">${vscodeStyles}</style>`)
    .replace('<body>', `<body class="${bodyClass}">`);
}

/** Runs in the page, before anything else. */
function actAsVsCode(kept: string): void {
  const outside = window as unknown as {
    segdecSaid(message: unknown): void;
    segdecKept(state: unknown): void;
    segdecFault(fault: string): void;
    acquireVsCodeApi: unknown;
  };
  let state: unknown = JSON.parse(kept) ?? undefined;
  outside.acquireVsCodeApi = () => ({
    postMessage: (message: unknown) => outside.segdecSaid(message),
    getState: () => state,
    setState: (next: unknown) => {
      state = next;
      outside.segdecKept(next);
    },
  });
  document.addEventListener('securitypolicyviolation', (event) =>
    outside.segdecFault(`policy: ${event.violatedDirective} ${event.blockedURI}`),
  );
  window.addEventListener('unhandledrejection', (event) =>
    outside.segdecFault(`rejection: ${String(event.reason)}`),
  );
}

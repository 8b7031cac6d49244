/** The extension as a page sees it: messages both ways, checked, and the state that VS Code keeps for the page. */
import type * as z from 'zod/mini';
import { receive } from '../../protocol/webview.ts';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

export interface Host<From> {
  post(message: From): void;
  /** What was kept, if it is still of the shape that this page writes. */
  keptState<S>(schema: z.ZodMiniType<S>): S | undefined;
  keepState(state: unknown): void;
}

/** Listens and says `ready`, once. What is not understood is named in the page's console and dropped. */
export function connect<To, From extends { readonly type: string }>(
  schema: z.ZodMiniType<To>,
  listener: (message: To) => void,
): Host<From> {
  const api = acquireVsCodeApi();
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    // eslint-disable-next-line no-console -- a page has no other log
    const message = receive(schema, event.data, (problem) => console.warn(problem));
    if (message !== undefined) listener(message);
  });
  return {
    post: (message) => api.postMessage(message),
    keptState: (state) => {
      const parsed = state.safeParse(api.getState());
      return parsed.success ? parsed.data : undefined;
    },
    keepState: (state) => api.setState(state),
  };
}

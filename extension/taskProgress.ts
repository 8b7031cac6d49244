/** A cancellable notification for a request that takes a while, fed by the server's own progress. */
import * as vscode from 'vscode';
import type { RequestOptions } from './server/serverHandle.ts';

/** Shows `title` while `work` goes on. */
export async function withTaskProgress<R>(
  title: string,
  work: (options: RequestOptions) => Promise<R>,
): Promise<R> {
  return await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    (notification, token) => {
      let shown = 0;
      return work({
        token,
        onProgress: ({ done, total, message }) => {
          const percent = total > 0 ? (100 * done) / total : 0;
          notification.report({
            message: total > 0 ? `${message} ${done}/${total}`.trim() : message,
            increment: Math.max(0, percent - shown),
          });
          shown = Math.max(shown, percent);
        },
      });
    },
  );
}

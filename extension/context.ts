/** What every feature of the extension is given: the server, the projects, the log, and where to keep things. */
import type { ExtensionContext, LogOutputChannel } from 'vscode';
import type { LabelStore } from './labels/labelStore.ts';
import type { Projects } from './projects.ts';
import type { ServerHandle } from './server/serverHandle.ts';

export interface Services {
  readonly extension: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly server: ServerHandle;
  readonly projects: Projects;
  readonly labels: LabelStore;
}

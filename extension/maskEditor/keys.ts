/** The keys of the mask editor's commands, for the tooltips of its buttons. */
import type { ExtensionContext } from 'vscode';
import type { MaskKeys } from '../../protocol/maskEditor.ts';

const prefix = 'segdec.mask.';

interface Manifest {
  readonly contributes: {
    readonly keybindings: readonly { readonly command: string; readonly key: string }[];
  };
}

/** `shift+r` as VS Code shows it: `Shift+R`. */
const written = (key: string): string =>
  key.replace(/[a-z]+/g, (name) => (name[0] ?? '').toUpperCase() + name.slice(1));

/** The last key of each command of the manifest: the shorter one, where there are two. */
export function keysOf({ extension }: Pick<ExtensionContext, 'extension'>): MaskKeys {
  const { contributes } = extension.packageJSON as Manifest;
  return Object.fromEntries(
    contributes.keybindings
      .filter(({ command }) => command.startsWith(prefix))
      .map(({ command, key }) => [command.slice(prefix.length), written(key)]),
  );
}

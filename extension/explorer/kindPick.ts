/** Asks for the kind of a defect: one in use, a new word, or none. */
import * as vscode from 'vscode';
import { imagesText } from './texts.ts';

interface KindItem extends vscode.QuickPickItem {
  readonly word: string;
}

function itemsFor(kinds: readonly string[], typed: string): KindItem[] {
  const known = kinds.map((kind): KindItem => ({ label: kind, word: kind }));
  const fresh: KindItem[] =
    typed === '' || kinds.includes(typed)
      ? []
      : [{ label: typed, description: vscode.l10n.t('new kind'), word: typed, alwaysShow: true }];
  const none: KindItem = {
    label: `$(circle-slash) ${vscode.l10n.t('No kind')}`,
    word: '',
    alwaysShow: true,
  };
  return [...fresh, ...known, none];
}

/** Undefined when the person changed their mind. */
export async function pickKind(
  kinds: readonly string[],
  images: number,
  current: string,
): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<KindItem>();
  pick.title = vscode.l10n.t('Kind of defect: {0}', imagesText(images, vscode.l10n));
  pick.placeholder = vscode.l10n.t('Choose a kind, or type a new one');
  pick.items = itemsFor(kinds, '');
  pick.activeItems = pick.items.filter(({ word }) => word === current && word !== '');
  pick.onDidChangeValue((value) => (pick.items = itemsFor(kinds, value.trim())));
  const chosen = new Promise<string | undefined>((resolve) => {
    pick.onDidAccept(() => {
      resolve(pick.activeItems[0]?.word);
      pick.hide();
    });
    pick.onDidHide(() => resolve(undefined));
  });
  pick.show();
  try {
    return await chosen;
  } finally {
    pick.dispose();
  }
}

/** Asks which images to show: things to tick, and a part of the path. */
import * as vscode from 'vscode';
import type { ImageFilter } from '../../protocol/explorer.ts';
import { filterChoices, filterOf, isTicked } from './filter.ts';
import { asked } from '../asked.ts';
import type { FilterChoice } from './filter.ts';
import { looks } from './icons.ts';
import { outcomeName, stateName } from './texts.ts';

type Row = vscode.QuickPickItem &
  ({ readonly choice: FilterChoice } | { readonly text: true } | { readonly heading: true });

function labelOf(choice: FilterChoice): string {
  switch (choice.part) {
    case 'states':
      return `$(${looks[choice.value][''].icon}) ${stateName(choice.value, vscode.l10n)}`;
    case 'outcomes':
      return `${choice.value}: ${outcomeName(choice.value, vscode.l10n)}`;
    case 'kinds':
      return choice.value;
    case 'reviewed':
      return choice.value ? vscode.l10n.t('Reviewed') : vscode.l10n.t('Not reviewed');
  }
}

const heading = (label: string): Row => ({
  label,
  kind: vscode.QuickPickItemKind.Separator,
  heading: true,
});

function rowsFor(kinds: readonly string[], filter: ImageFilter): Row[] {
  const choices = filterChoices(kinds, filter);
  const rows = (part: FilterChoice['part']): Row[] =>
    choices
      .filter((choice) => choice.part === part)
      .map((choice) => ({ label: labelOf(choice), picked: isTicked(choice, filter), choice }));
  const kindRows = rows('kinds');
  const text: Row = {
    label: `$(search) ${vscode.l10n.t('Part of the path…')}`,
    description: filter.text ?? '',
    picked: filter.text !== undefined,
    text: true,
  };
  return [
    ...[heading(vscode.l10n.t('Label')), ...rows('states')],
    ...[heading(vscode.l10n.t('Outcome of the active run')), ...rows('outcomes')],
    ...(kindRows.length === 0 ? [] : [heading(vscode.l10n.t('Kind')), ...kindRows]),
    ...[heading(vscode.l10n.t('Review')), ...rows('reviewed')],
    ...[heading(vscode.l10n.t('Name')), text],
  ];
}

/** Undefined when the person changed their mind. */
export async function pickFilter(
  kinds: readonly string[],
  filter: ImageFilter,
): Promise<ImageFilter | undefined> {
  const { text: path = '' } = filter;
  /** As ticked so far: who comes back from the box finds it. */
  let shown = filter;
  const options = {
    title: vscode.l10n.t('Filter images'),
    placeHolder: vscode.l10n.t('Tick what to show; nothing ticked in a part means everything'),
    ...({ canPickMany: true, matchOnDescription: true } as const),
  };
  return await asked(
    async () => await vscode.window.showQuickPick(rowsFor(kinds, shown), options),
    async (picked) => {
      const ticked = picked.flatMap((row) => ('choice' in row ? [row.choice] : []));
      if (!picked.some((row) => 'text' in row)) return filterOf(ticked, '');
      shown = { ...filterOf(ticked, ''), text: path };
      const text = await vscode.window.showInputBox({
        title: vscode.l10n.t('Part of the path'),
        prompt: vscode.l10n.t(
          'Images whose path has this in it; upper and lower case are the same',
        ),
        value: path,
      });
      return text === undefined ? undefined : filterOf(ticked, text);
    },
  );
}

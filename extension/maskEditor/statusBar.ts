/** What the active mask editor says in the status bar: size of the brush, zoom, cursor, area of the mask. */
import { byCount } from '../../protocol/counted.ts';
import * as vscode from 'vscode';
import type { FromMaskEditor } from '../../protocol/maskEditor.ts';

export type Readings = Extract<FromMaskEditor, { type: 'readings' }>;

const names = ['size', 'zoom', 'cursor', 'area'] as const;
type Name = (typeof names)[number];

function textsOf(readings: Readings): Record<Name, string> {
  const { brushSize, zoom, cursor, area, regions, ignored } = readings;
  const parts = byCount(
    regions ?? 0,
    vscode.l10n.t('1 region'),
    vscode.l10n.t('{0} regions', regions ?? 0),
  );
  const areaText =
    regions === null ? vscode.l10n.t('{0} px', area) : vscode.l10n.t('{0} px, {1}', area, parts);
  return {
    size: vscode.l10n.t('Size {0}', brushSize),
    zoom: `${Math.round(zoom * 100)} %`,
    cursor: cursor === null ? '' : `${cursor.x}, ${cursor.y}`,
    area: ignored === 0 ? areaText : vscode.l10n.t('{0}, {1} ignored', areaText, ignored),
  };
}

export class MaskStatusBar implements vscode.Disposable {
  readonly #items: Readonly<Record<Name, vscode.StatusBarItem>>;

  constructor() {
    const titles: Readonly<Record<Name, string>> = {
      size: vscode.l10n.t('Mask: brush size'),
      zoom: vscode.l10n.t('Mask: zoom'),
      cursor: vscode.l10n.t('Mask: cursor'),
      area: vscode.l10n.t('Mask: area'),
    };
    const make = (name: Name): vscode.StatusBarItem => {
      const right = vscode.StatusBarAlignment.Right;
      const priority = 100 - names.indexOf(name);
      const item = vscode.window.createStatusBarItem(`segdec.mask.${name}`, right, priority);
      item.name = titles[name];
      item.tooltip = titles[name];
      return item;
    };
    this.#items = {
      ...{ size: make('size'), zoom: make('zoom') },
      ...{ cursor: make('cursor'), area: make('area') },
    };
  }

  /** Undefined hides all. */
  show(readings: Readings | undefined): void {
    const texts = readings && textsOf(readings);
    for (const name of names) {
      const [item, text] = [this.#items[name], texts?.[name] ?? ''];
      if (text === '') item.hide();
      else {
        item.text = text;
        item.show();
      }
    }
  }

  dispose(): void {
    for (const item of Object.values(this.#items)) item.dispose();
  }
}

/** The formats of masks as they are offered. */
import * as vscode from 'vscode';
import type { ExportFormat, ImportFormat } from '../../protocol/maskExchange.ts';

export interface ImportChoice extends vscode.QuickPickItem {
  /** Absent: found out. */
  readonly format?: ImportFormat;
  readonly isFolder: boolean;
}

export interface ExportChoice extends vscode.QuickPickItem {
  readonly format: ExportFormat;
}

export const importChoices = (): ImportChoice[] => [
  {
    label: vscode.l10n.t('A Folder'),
    description: vscode.l10n.t('PNG, BMP, labelme, Pascal VOC or YOLO: the format is found out'),
    isFolder: true,
  },
  {
    label: vscode.l10n.t('A File'),
    description: vscode.l10n.t('COCO, CVAT or Severstal: the format is found out'),
    isFolder: false,
  },
  { label: '', kind: vscode.QuickPickItemKind.Separator, isFolder: false },
  {
    label: vscode.l10n.t('PNG or BMP Masks'),
    description: vscode.l10n.t('a folder; names fit those of the images'),
    ...({ format: 'png', isFolder: true } as const),
  },
  {
    label: 'COCO',
    description: vscode.l10n.t('a JSON file with polygons or run lengths'),
    ...({ format: 'coco', isFolder: false } as const),
  },
  {
    label: 'labelme',
    description: vscode.l10n.t('a folder of JSON files'),
    ...({ format: 'labelme', isFolder: true } as const),
  },
  {
    label: 'Pascal VOC',
    description: vscode.l10n.t('a folder with SegmentationClass'),
    ...({ format: 'voc', isFolder: true } as const),
  },
  {
    label: 'YOLO',
    description: vscode.l10n.t('a folder of segments as text'),
    ...({ format: 'yolo', isFolder: true } as const),
  },
  {
    label: 'CVAT',
    description: vscode.l10n.t('an XML file, “CVAT for images”'),
    ...({ format: 'cvat', isFolder: false } as const),
  },
  {
    label: 'Severstal',
    description: vscode.l10n.t('a CSV file of run lengths'),
    ...({ format: 'severstal', isFolder: false } as const),
  },
];

export const exportChoices = (): ExportChoice[] => [
  {
    label: 'COCO',
    description: vscode.l10n.t('one JSON file; every region as run lengths, exact'),
    format: 'coco',
  },
  {
    label: 'PNG',
    description: vscode.l10n.t('a folder; a mask every image, ignored pixels apart'),
    format: 'png',
  },
  {
    label: 'Severstal',
    description: vscode.l10n.t('one CSV file of run lengths, without ignored pixels'),
    format: 'severstal',
  },
];

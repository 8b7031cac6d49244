/** Colours of VS Code's four standard themes, as its workbench 1.100 computes them, and ours from the manifest. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';

export const themeNames = ['dark', 'light', 'highContrast', 'highContrastLight'] as const;
export type ThemeName = (typeof themeNames)[number];

const variables = z.record(z.string(), z.string());
const themesFile = z.record(z.enum(themeNames), variables);
const manifestFile = z.object({
  contributes: z.object({
    colors: z.array(
      z.object({ id: z.string(), defaults: z.record(z.enum(themeNames), z.string()) }),
    ),
  }),
});

const read = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));
const themes = themesFile.parse(await read('test/browser/support/themes.json'));
const { colors } = manifestFile.parse(await read('package.json')).contributes;

/** The class that VS Code gives the body. */
const classes: Readonly<Record<ThemeName, string>> = {
  dark: 'vscode-dark',
  light: 'vscode-light',
  highContrast: 'vscode-high-contrast',
  highContrastLight: 'vscode-high-contrast vscode-high-contrast-light',
};

export interface Theme {
  readonly bodyClass: string;
  readonly variables: Readonly<Record<string, string>>;
}

export function themeOf(name: ThemeName): Theme {
  const ours = colors.map(({ id, defaults }): [string, string] => [
    `--vscode-${id.replaceAll('.', '-')}`,
    defaults[name],
  ]);
  return {
    bodyClass: classes[name],
    variables: {
      ...themes[name],
      ...Object.fromEntries<string>(ours),
      '--vscode-font-family': 'system-ui, "Ubuntu", "Droid Sans", sans-serif',
      '--vscode-font-size': '13px',
      '--vscode-font-weight': 'normal',
    },
  };
}

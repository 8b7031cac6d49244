/** The palette, quick picks and input boxes, as a person uses them. */
import { errors } from 'playwright-core';
import type { Locator, Page } from 'playwright-core';
import { waitUntil } from './waitUntil.ts';
import type { Waiting } from './waitUntil.ts';

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const exactly = (text: string): RegExp => new RegExp(`^${escaped(text)}$`);

const widget = (page: Page): Locator => page.locator('.quick-input-widget:visible');
const input = (page: Page): Locator => widget(page).locator('.quick-input-box input');
const rows = (page: Page): Locator => widget(page).locator('.quick-input-list .monaco-list-row');
const labels = (page: Page): Locator =>
  rows(page).locator('.quick-input-list-row .monaco-icon-label .label-name');

/** The row whose label is this text. */
const row = (page: Page, label: RegExp): Locator =>
  rows(page)
    .filter({
      has: page.locator('.quick-input-list-row .monaco-icon-label .label-name', { hasText: label }),
    })
    .first();

/**
 * Opens the palette or Quick Open and fills its box. Where the keys go nowhere, as into a page that VS Code is
 * about to put away, a person takes the mouse. Throws a TimeoutError when neither opens it.
 */
export async function ask(page: Page, key: 'F1' | 'Control+P', text: string): Promise<void> {
  await page.keyboard.press(key);
  try {
    await input(page).waitFor({ state: 'visible', timeout: 2000 });
  } catch (error) {
    if (!(error instanceof errors.TimeoutError)) throw error;
    await page.locator('.part.titlebar .command-center-center').click({ timeout: 2000 });
    await input(page).waitFor({ state: 'visible', timeout: 2000 });
  }
  await input(page).fill(key === 'F1' ? `>${text}` : text, { timeout: 2000 });
}

/** The labels that are offered now. */
export const offered = (page: Page): Promise<string[]> => labels(page).allTextContents();

/** Closes whatever asks. */
export async function dismiss(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await widget(page).waitFor({ state: 'hidden' });
}

/**
 * Runs a command by its title in the palette, with or without its category. An extension's commands come a
 * while after the workbench, so it asks again until the palette offers it. What the command does is for
 * the caller to wait for.
 */
export async function runCommand(page: Page, title: string, waiting: Waiting = {}): Promise<void> {
  const label = new RegExp(`^(.+: )?${escaped(title)}$`);
  let seen: string[] = [];
  const attempt = async (): Promise<boolean> => {
    try {
      await ask(page, 'F1', title);
      await row(page, label).waitFor({ state: 'visible', timeout: 1500 });
      await row(page, label).click({ timeout: 2000 });
      return true;
    } catch (error) {
      if (!(error instanceof errors.TimeoutError)) throw error;
      seen = await offered(page);
      await page.keyboard.press('Escape');
      return false;
    }
  };
  try {
    await waitUntil(`"${title}" in the palette`, attempt, waiting);
  } catch (error) {
    const others = seen.slice(0, 5).join(' | ');
    throw new Error(`The palette does not offer "${title}" but: ${others}`, { cause: error });
  }
}

/** What the palette offers for a text: to show that a command is absent. */
export async function commandsOffered(page: Page, text: string): Promise<string[]> {
  // Whatever else takes the focus closes the palette: then it is asked again.
  return await waitUntil('the palette', async () => {
    try {
      await ask(page, 'F1', text);
      await rows(page).first().waitFor({ timeout: 2000 });
      // What it offered before the text is shown for a while yet.
      let found = await offered(page);
      for (let same = 0; same < 5; same += 1) {
        await page.waitForTimeout(200);
        const now = await offered(page);
        if (now.join('\n') !== found.join('\n')) [found, same] = [now, 0];
      }
      await dismiss(page);
      return found;
    } catch (error) {
      if (!(error instanceof errors.TimeoutError)) throw error;
      return undefined;
    }
  });
}

/** Picks an item of the quick pick that is shown, or that comes, by its whole label. */
export async function pickItem(
  page: Page,
  label: string,
  { timeout = 30_000 }: Waiting = {},
): Promise<void> {
  await input(page).waitFor({ state: 'visible', timeout });
  await row(page, exactly(label)).waitFor({ state: 'visible', timeout });
  await row(page, exactly(label)).click();
}

/** Picks a file in Quick Open by its name and the end of its folder: others may have its name in theirs. */
export async function pickFile(page: Page, name: string, folder: string): Promise<void> {
  const inFolder = page.locator('.quick-input-list-row .label-description', {
    hasText: new RegExp(`(^|/)${escaped(folder)}$`),
  });
  const named = rows(page).filter({
    has: page.locator('.quick-input-list-row .label-name', { hasText: exactly(name) }),
  });
  await (folder === '' ? named : named.filter({ has: inFolder })).first().click();
}

/** Checks items of a quick pick that takes several, and accepts. */
export async function pickItems(
  page: Page,
  wanted: readonly string[],
  { timeout = 30_000 }: Waiting = {},
): Promise<void> {
  for (const label of wanted) {
    const box = row(page, exactly(label)).locator(
      'input[type=checkbox], .monaco-custom-toggle, .quick-input-list-checkbox',
    );
    await box.first().click({ timeout });
  }
  await page.keyboard.press('Enter');
}

/** Types into the input box that is shown, or that comes, and accepts. */
export async function typeText(
  page: Page,
  text: string,
  { timeout = 30_000 }: Waiting = {},
): Promise<void> {
  await input(page).waitFor({ state: 'visible', timeout });
  await input(page).fill(text);
  await page.keyboard.press('Enter');
}

/**
 * Answers VS Code's own dialog for files. It reads folders while one types, and takes what is typed for another
 * folder's until then: Enter is pressed until it has understood.
 */
export async function typePath(page: Page, path: string): Promise<void> {
  await input(page).waitFor({ state: 'visible' });
  await waitUntil(`${path} in the dialog`, async () => {
    if (!(await input(page).isVisible())) return true;
    await input(page).fill(path);
    await page.waitForTimeout(300);
    await page.keyboard.press('Enter');
    await page.waitForTimeout(300);
    return !(await input(page).isVisible());
  });
}

/** What the box says below itself: the prompt, or why the text cannot be taken. */
export const inputMessage = (page: Page): Promise<string> =>
  widget(page).locator('.quick-input-message').innerText();

/** The title over the box. */
export const inputTitle = (page: Page): Promise<string> =>
  widget(page).locator('.quick-input-title').innerText();

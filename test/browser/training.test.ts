/** The training view in a browser, with the extension's own session at the other end. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { reports } from '../../protocol/messages.ts';
import { launch, whyNot } from './support/browser.ts';
import { RunWriter, openTraining, run, runItem } from './support/trainingFixture.ts';
import { project } from './support/fakeServer.ts';
import type { TrainingFixture } from './support/trainingFixture.ts';

describe.skipIf(whyNot !== undefined)('the training view', () => {
  let browser: Browser;
  let training: TrainingFixture;

  beforeAll(async () => (browser = await launch()));
  afterAll(async () => await browser.close());
  afterEach(async () => {
    expect(training.view.faults).toEqual([]);
    await training.view.close();
  });

  async function open(writer: RunWriter, item = runItem()): Promise<Page> {
    training = await openTraining(browser, writer, item);
    const { page } = training.view;
    await page.waitForSelector('.run-facts dd');
    return page;
  }

  const fact = (page: Page, name: string) => page.textContent(`[data-fact="${name}"] dd`);

  test('shows how far and how fast a run is, and goes on as it is written', async () => {
    const writer = new RunWriter().start().epochs(1, 11).steps(12, 40);
    const page = await open(writer);
    expect(await page.textContent('h1')).toBe('all masks 3fa9');
    await expect.poll(() => fact(page, 'epoch')).toBe('12 of 50');
    expect(await fact(page, 'timeLeft')).toBe('57:38 min');
    expect(await fact(page, 'device')).toBe('onnx, CPU (8 threads)');
    expect(await fact(page, 'stepTime')).toMatch(/^1[5-9]\d ms$/);
    expect(await fact(page, 'best')).toMatch(/^0\.\d{3} \(Epoch 10\)$/);
    expect(await page.locator('.chart canvas:visible').count()).toBe(3);
    writer
      .epoch(12)
      .epochs(13, 15)
      .say({ kind: 'warning', message: 'The image was cut off.', file: 'a/b.png' });
    await expect.poll(() => fact(page, 'epoch')).toBe('16 of 50');
    expect(await page.textContent('.message')).toContain(
      'Warning: a/b.png: The image was cut off.',
    );
    writer.say({ kind: 'state', state: 'finished' });
    training.tell({ state: 'finished', epoch: 50, averagePrecision: 0.9541 });
    await expect.poll(() => page.textContent('.run-state')).toBe('finished');
    expect(await fact(page, 'score')).toBe('0.954');
    expect(await page.isHidden('#steps-title')).toBe(true);
  });

  test('offers what can be done with a run as it is, and posts it', async () => {
    const page = await open(new RunWriter().start().epochs(1, 2).steps(3, 4));
    const labels = () => page.locator('.actions button').allTextContents();
    await expect.poll(labels).toEqual(['Cancel', 'Use for Scores', 'Open Folder']);
    await page.getByRole('button', { name: 'Cancel' }).click();
    training.tell({ state: 'cancelled' });
    const ofEnded = ['Open Folder', 'Rename', 'Delete'];
    await expect.poll(labels).toEqual(['Resume', 'Evaluate', 'Use for Scores', ...ofEnded]);
    for (const name of await labels()) await page.getByRole('button', { name }).click();
    await expect
      .poll(() => training.acted)
      .toEqual(
        [...['cancel', 'resume', 'evaluate', 'activate', 'openFolder', 'rename', 'delete']].map(
          (act) => `${act} ${run}`,
        ),
      );
    training.tell({ state: 'finished', active: true });
    await expect.poll(labels).toEqual(['Evaluate', ...ofEnded]);
    expect(await page.isVisible('.run-active')).toBe(true);
  });

  test('of a run that was deleted offers nothing, and says so', async () => {
    const page = await open(new RunWriter().start().epochs(1, 2), runItem({ state: 'cancelled' }));
    await expect.poll(() => page.locator('.actions button').count()).toBeGreaterThan(3);
    training.server.runs = [];
    training.server.report(reports.runsChanged, { project, runs: [] });
    await expect.poll(() => page.textContent('.run-state')).toBe('not there any more');
    expect(await page.locator('.actions button').count()).toBe(0);
    await expect.poll(() => page.textContent('.status-text')).toMatch(/deleted or moved/);
    // Who moved it back finds all of it again.
    training.server.runs = [runItem({ state: 'cancelled' })];
    training.server.report(reports.runsChanged, { project, runs: training.server.runs });
    await expect.poll(() => page.textContent('.run-state')).toBe('cancelled');
    expect(await page.locator('.actions button').count()).toBeGreaterThan(3);
  });

  test.each([
    [{ state: 'running' }, 'Nothing yet', 'Nothing yet'],
    [{ state: 'finished' }, 'ended before its first epoch', 'was not validated'],
    [{ state: 'failed' }, 'ended before its first epoch', 'was not validated'],
    [{ state: 'finished', epochs: null }, 'were imported', 'were imported'],
  ] as const)('says why a chart of %o is empty', async (part, losses, validation) => {
    const page = await open(new RunWriter(), runItem(part));
    const empty = (title: string) =>
      page.getByRole('figure', { name: title }).locator('.chart-empty').textContent();
    await expect.poll(() => empty('Losses')).toContain(losses);
    await expect.poll(() => empty('Validation')).toContain(validation);
  });

  test('charts are read by keys and as tables of 25 rows', async () => {
    const page = await open(new RunWriter().start().epochs(1, 60), runItem({ state: 'finished' }));
    const chart = page.getByRole('figure', { name: 'Losses' });
    await chart.getByRole('application').focus();
    await page.keyboard.press('Home');
    const reading = chart.locator('.visually-hidden[role=status]');
    await expect.poll(() => reading.textContent()).toMatch(/^Epoch 1: Total 0\.\d+, Segmentation/);
    const first = await reading.textContent();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => reading.textContent()).toMatch(/^Epoch 2: /);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => reading.textContent()).toBe(first);
    await page.keyboard.press('End');
    await expect.poll(() => reading.textContent()).toMatch(/^Epoch 60: /);
    await chart.getByRole('button', { name: 'Show as a table' }).click();
    const rows = () => chart.locator('tbody tr').count();
    expect(await rows()).toBe(10);
    await chart.getByRole('button', { name: 'Previous rows' }).click();
    expect(await rows()).toBe(25);
    expect(await chart.locator('.pager').textContent()).toContain('Rows 26 to 50 of 60');
    expect(await chart.locator('tbody th').first().textContent()).toBe('26');
  });

  test('several thousand epochs are drawn and read', async () => {
    const page = await open(
      new RunWriter(6000).start().epochs(1, 6000),
      runItem({ state: 'finished', epochs: 6000 }),
    );
    await expect.poll(() => fact(page, 'epoch')).toBe('6,000 of 6,000');
    const pager = page.getByRole('figure', { name: 'Losses' }).locator('.pager');
    await expect.poll(() => pager.textContent()).toContain('Rows 5,976 to 6,000 of 6,000');
    expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(1500);
  });

  test('a resumed run tells its epochs again: the later telling counts', async () => {
    const writer = new RunWriter().start().epochs(1, 9).steps(10, 4);
    writer.say({ kind: 'state', state: 'running', message: 'Resumed after epoch 6.' });
    writer.steps(7, 3);
    const page = await open(writer);
    await expect.poll(() => fact(page, 'epoch')).toBe('7 of 50');
    expect(await page.getByRole('figure', { name: 'Losses' }).locator('tbody tr').count()).toBe(6);
  });

  test('the server is away: it says so, and goes on when it is back', async () => {
    const writer = new RunWriter().start().epochs(1, 3);
    const page = await open(writer);
    training.server.goAway();
    await expect.poll(() => page.textContent('.status-text')).toContain('will not be restarted');
    writer.epochs(4, 6);
    await page.getByRole('button', { name: 'Restart Server' }).click();
    await expect.poll(() => training.acted).toEqual([`restart ${run}`]);
    training.server.comeBack();
    await expect.poll(() => fact(page, 'epoch')).toBe('7 of 50');
    expect(await page.isHidden('.status')).toBe(true);
  });

  test('text of a run is text', async () => {
    const writer = new RunWriter().start();
    const message = '<img src=x onerror=window.hacked=1>';
    writer.say({ kind: 'error', message, file: '"><script>window.hacked=1</script>' });
    const page = await open(writer, runItem({ device: message, name: message }));
    await expect.poll(() => page.textContent('.message-error')).toContain(message);
    expect(await fact(page, 'device')).toBe(message);
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  });

  test('events of kinds that this version does not know are left out, with a line in the log', async () => {
    const writer = new RunWriter().start().epochs(1, 2);
    writer.events.splice(3, 0, { t: 'x', kind: 'dream' } as never);
    const page = await open(writer);
    await expect.poll(() => fact(page, 'epoch')).toBe('3 of 50');
    expect(training.warnings.join()).toContain('A message was ignored');
  });
});

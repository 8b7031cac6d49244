/** The count of what would leave the machine, by which every test in a browser is judged: it sees what there is. */
import { describe, expect, test } from 'vitest';
import { startEgressProxy } from '../support/egressProxy.ts';
import { launchBehind, whyNot } from './support/browser.ts';

describe.skipIf(whyNot !== undefined)('what would leave the machine', () => {
  test('is refused and listed, however a page asks for it', async () => {
    const egress = await startEgressProxy();
    const browser = await launchBehind(egress);
    try {
      const page = await browser.newPage();
      await page.setContent('<img src="http://picture.example/a.png"><body>');
      await page.evaluate(async () => {
        await fetch('https://fetched.example/x').catch(() => undefined);
        navigator.sendBeacon('http://beacon.example/');
        await new Promise((closed) => {
          new WebSocket('ws://socket.example/').onclose = closed;
        });
      });
      for (const host of ['picture', 'fetched', 'beacon', 'socket']) {
        await expect.poll(async () => (await egress.attempts()).join(' ')).toContain(host);
      }
    } finally {
      await browser.close();
      await egress.close();
    }
  });
});

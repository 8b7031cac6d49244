/** The method against PyTorch's numbers, within the bounds of docs/parity.md. */
import { describe, expect, test } from 'vitest';
import { shared } from '../support/shared.ts';
import { compareFolder } from './compare.ts';
import type { ParityFigures, ParityReport } from './compare.ts';

const both = { gradientsLargest: 0.2, labels: 5e-4, metrics: 1e-9 };
const bounds: { readonly direct: ParityFigures; readonly chosen: ParityFigures } = {
  direct: {
    ...both,
    ...{ logits: 1e-4, losses: 1e-4, gradients: 5e-5, gradientsP90: 2e-3, trajectory: 1e-3 },
  },
  chosen: {
    ...both,
    ...{ logits: 5e-4, losses: 2e-4, gradients: 5e-4, gradientsP90: 1e-2, trajectory: 2e-3 },
  },
};

function expectWithin(report: ParityReport): void {
  for (const forms of ['direct', 'chosen'] as const) {
    for (const [name, bound] of Object.entries<number>({ ...bounds[forms] })) {
      const figure = report[forms][name as keyof ParityFigures];
      expect(figure, `${forms} ${name}`).toBeLessThanOrEqual(bound);
    }
  }
}

describe('parity with PyTorch', () => {
  test('on the three smallest fixtures', async () => {
    expectWithin(await compareFolder('test/data/parity'));
  });

  const all = shared('fixtures', 'parity');
  test.skipIf(all.missing)(`on all fixtures, in the forms of training${all.note}`, async () => {
    const report = await compareFolder(all.path);
    expectWithin(report);
    for (const pass of ['forward', 'inputGradient', 'filterGradient']) {
      const minimal = report.chosen.forms.filter((f) => f.pass === pass && f.form === 'minimal');
      expect(minimal, pass).not.toHaveLength(0);
    }
  });
});

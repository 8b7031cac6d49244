/** Findings of an import or export: all are counted, the first are kept. */
import type { ExchangeFinding, ExchangeFindings } from '../../../../protocol/maskExchange.ts';
import { mostExchangeFindings } from '../../../../protocol/maskExchange.ts';

export class Findings {
  readonly #shown: ExchangeFinding[] = [];
  #total = 0;

  add(severity: ExchangeFinding['severity'], image: string | null, message: string): void {
    this.#total += 1;
    if (this.#shown.length < mostExchangeFindings) this.#shown.push({ severity, image, message });
  }

  get report(): ExchangeFindings {
    return { total: this.#total, shown: [...this.#shown] };
  }
}

/** A message as a sentence. */
export const sentence = (message: string): string =>
  /[.!?]$/.test(message) ? message : `${message}.`;

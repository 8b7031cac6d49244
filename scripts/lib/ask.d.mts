/** What ask.mjs offers, for the tests. */

export function ask(
  question: string,
  streams?: {
    readonly input?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
    readonly output?: NodeJS.WritableStream;
  },
): Promise<boolean>;

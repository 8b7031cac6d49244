/** Mocha's words, which it puts in place before it loads a suite. */
type Body = (this: { timeout: (milliseconds: number) => void }) => void | Promise<void>;

interface Words {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: Body) => void;
  readonly before: (body: Body) => void;
  readonly after: (body: Body) => void;
  readonly beforeEach: (body: Body) => void;
  readonly afterEach: (body: Body) => void;
}

export const { describe, it, before, after, beforeEach, afterEach } =
  globalThis as unknown as Words;

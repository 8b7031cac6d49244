/** Why a model is not run, as part of a sentence that begins with the model. */

export class ModelRefusal extends Error {
  override readonly name = 'ModelRefusal';
  /** What to do about it. */
  readonly advice: string;

  constructor(reason: string, advice?: string) {
    super(reason);
    this.advice = advice ?? 'Only models exported by segdec are run; export it again from its run';
  }
}

/** Names come from the file: short, and nothing but printable characters. */
export function quoted(name: string): string {
  return `"${name.slice(0, 60).replace(/[^ -~]/g, '?')}"`;
}

/** A shape to be read, of however many sizes. */
export function shapeText(shape: readonly (number | bigint)[]): string {
  return shape.length === 0 ? 'one number' : `${shape.slice(0, 8).join('x')} values`;
}

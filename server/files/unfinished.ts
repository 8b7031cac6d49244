/**
 * Files that must not stay when this process is ended in the middle: temporary ones and locks. Whoever can end it
 * is told of each, and removes what is left.
 */
type Listener = (kind: 'unfinished' | 'finished', path: string) => void;

let listener: Listener = () => undefined;

/** Has `told` hear of each such path, before it is made and when it is in its place or gone. */
export function onUnfinished(told: Listener): void {
  listener = told;
}

/** A file or folder of a name that is never used twice is about to be made. */
export function isUnfinished(path: string): void {
  listener('unfinished', path);
}

/** It has its place or is gone. */
export function isFinished(path: string): void {
  listener('finished', path);
}

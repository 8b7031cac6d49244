/** Sides of the network's input; apart from the network, so that files are checked without loading a runtime. */

/** Pixels of the longest side that is taken: images have at most so many. */
export const longestSide = 16384;

/** True for a side of the network's input: the network halves it three times. */
export const usableSide = (pixels: number): boolean =>
  Number.isInteger(pixels) && pixels > 0 && pixels % 8 === 0 && pixels <= longestSide;

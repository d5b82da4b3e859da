/** Moves of a square window over an image. */
export interface Moves {
  kernel: number;
  stride: number;
  padding: number;
  /** Zeros after the last row and column beyond the padding; a negative number leaves rows and columns out. Default 0. */
  extra?: number;
}

/** Moves of a convolution's filters over the image, zeros around it, and the channels that a filter joins. */
export interface ConvMoves extends Moves {
  /** Blocks of channels that do not meet, as the filters are packed (see `blocksOf`). */
  groups: number;
}

/** Attributes of a convolution; `bias`, `residual` and `relu` are its fused epilogue. */
export interface Conv2dAttrs extends ConvMoves {
  bias: boolean;
  residual: boolean;
  relu: boolean;
}

/**
 * @throws {RangeError} when a kernel, a stride or a number of groups is no whole number of 1 or more, or a padding none
 * of 0 or more.
 */
export function checkMoves(op: string, moves: Moves & { groups?: number }): void {
  const least = { kernel: 1, stride: 1, padding: 0, groups: 1 };
  for (const [name, from] of Object.entries(least)) {
    const value = moves[name as keyof Moves] ?? from;
    if (!Number.isInteger(value) || value < from) {
      throw new RangeError(
        `Cannot add ${op} to the graph: it takes ${
          name === "groups" ? name : `a ${name}`
        } of ${from} or more, current is ${value}`,
      );
    }
  }
}

/** Places that the window takes along a side of the image; less than 1 when it does not fit. */
export function placesOf(length: number, { kernel, stride, padding, extra = 0 }: Moves): number {
  return Math.floor((length + 2 * padding + extra - kernel) / stride) + 1;
}

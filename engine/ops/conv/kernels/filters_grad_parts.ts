import type { Kernel, Tensor } from "../../../graph/node.ts";
import { ceil4 } from "../../lowering/tiling.ts";
import type { ConvMoves } from "./window.ts";

/** Pixels that one invocation adds one after the other: longer sums lose digits, and loops their last rounds. */
export const MOST_PIXELS = 4096;

/** Bytes of the sums of all parts. */
const MOST_BYTES = 2 ** 26;

/** The first of the two stages: sums of parts of the pixels. */
export interface FirstStage {
  first: Kernel;
  /** Other kernels with the same parts, and the same order of sums in each. */
  others?: readonly Kernel[];
  /** Parts whose sums the second stage adds. */
  parts: number;
}

/** Rows or pixels of a part, of so many: enough parts for the cores and for short sums, as far as memory goes. */
export function share(
  all: number,
  forCores: number,
  forSums: number,
  { shape: [rows, outC] }: Tensor,
): number {
  const fit = Math.max(1, Math.floor(MOST_BYTES / (rows * ceil4(outC) * 4)));
  return Math.ceil(all / Math.min(Math.max(forCores, forSums), fit, all));
}

/** Operands of the first stage. */
export const BIND = { x: { input: 0 }, dy: { input: 1 }, sums: { scratch: 0 } } as const;

/** Constants that both kernels share: sides and 4-vectors of channels, of a group of the convolution too. */
export function sizes({ attrs, inputs: [x, dy] }: Tensor<ConvMoves>) {
  const [, h, w, inC] = x.shape;
  const [, oh, ow, outC] = dy.shape;
  return {
    H: h,
    W: w,
    OH: oh,
    OW: ow,
    CI4: ceil4(inC) / 4,
    CO4: ceil4(outC) / 4,
    CI4_EACH: ceil4(inC / attrs.groups) / 4,
    CO4_EACH: ceil4(outC / attrs.groups) / 4,
    STRIDE: attrs.stride,
    PAD: attrs.padding,
  };
}

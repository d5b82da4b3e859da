// Moments in parts, as plans compute them where what normalises by them joins the parts by itself.
import code from "../../../shaders/norm/channel_moments.wgsl" with { type: "text" };
import moments_of_parts from "../../../shaders/norm/moments_of_parts.wgsl" with { type: "text" };
import { apply, defineOp, type Family, type Kernel, type Op, type Tensor } from "../../graph/node.ts";
import type { Shape } from "../../kernel/shape.ts";
import { channelParts } from "./channel_parts.ts";

/** A division of the pixels of a tensor [..., C]. */
export interface Parts {
  /** Number of parts. */
  readonly parts: number;
  /** Pixels of each part but the last. */
  readonly length: number;
  /** Pixels of all parts. */
  readonly pixels: number;
}

/** Most parts that every invocation of a kernel may join; more are joined once, by a kernel for it. */
const MOST_PARTS = 16;

/** The parts of a tensor of this shape, where a family's kernels make few; null where they make many. */
export function fewParts(shape: Shape, family: Family): Parts | null {
  const { parts, length } = channelParts(shape, family);
  const pixels = shape.slice(0, -1).reduce((a, b) => a * b, 1);
  return parts <= MOST_PARTS ? { parts, length, pixels } : null;
}

/** `y[p, 0, c] = mean of x[..., c]` over part p of the pixels, `y[p, 1, c]` = the sum of the squares about that mean. */
const momentPartsOp: Op<Parts> = defineOp<Parts>({
  name: "channel_moment_parts",
  autocast: "f32",
  infer: ([{ shape }], { parts }) => ({ shape: [parts, 2, shape.at(-1)!], dtype: "f32" }),
  reference: ({ size, shape: [, , channels], attrs: { length, pixels } }, [x]) => {
    const y = new Float64Array(size);
    const part = (i: number) => Math.floor(Math.floor(i / channels) / length);
    const mean = (i: number) => 2 * part(i) * channels + i % channels;
    const share = (i: number) => 1 / Math.min(length, pixels - part(i) * length);
    x.forEach((value, i) => y[mean(i)] += value * share(i));
    x.forEach((value, i) => y[mean(i) + channels] += (value - y[mean(i)]) ** 2);
    return y;
  },
  wants: ["fast"],
  lower: ({ inputs: [x] }, { family }) => {
    const { first } = channelParts(x.shape, family);
    const bind = { x: { input: 0 }, found: { output: true } } as const;
    return { kernels: [{ label: "channel_moments", code, bind, ...first }] };
  },
});

/** Moments of parts of x, [parts, 2, C]: see {@link fewParts}. */
export function momentParts(x: Tensor, parts: Parts): Tensor {
  return apply(momentPartsOp, [x], parts);
}

/** Mean and biased variance of the channels from those of parts, [parts, 2, C] to [2, C]. */
export function joinMoments(
  found: Float64Array,
  { parts, length, pixels }: Parts,
  channels: number,
): Float64Array {
  const y = new Float64Array(2 * channels);
  const each = (add: (c: number, share: number, mean: number, squares: number) => void) => {
    for (let p = 0; p < parts; p++) {
      const share = Math.min(length, pixels - p * length) / pixels;
      for (let c = 0; c < channels; c++) {
        add(c, share, found[2 * p * channels + c], found[(2 * p + 1) * channels + c]);
      }
    }
  };
  each((c, share, mean) => y[c] += share * mean);
  each((c, share, mean, squares) => y[channels + c] += squares / pixels + share * (mean - y[c]) ** 2);
  return y;
}

/** Moments [2, C] that a norm, the first input, tells beside its result; the second input are their parts. */
const toldMomentsOp: Op<Parts> = defineOp<Parts>({
  name: "told_moments",
  beside: true,
  infer: ([, { shape: [, , channels] }]) => ({ shape: [2, channels], dtype: "f32" }),
  reference: ({ shape: [, channels], attrs }, [, found]) => joinMoments(found, attrs, channels),
});

/** Moments [2, C] that a norm by parts tells. */
export function toldMoments(norm: Tensor, found: Tensor, parts: Parts): Tensor {
  return apply(toldMomentsOp, [norm, found], parts);
}

/** Includes, counts, constants and sizes of kernels that join the parts of moments. */
export function joining(
  { parts, length, pixels }: Parts,
): Pick<Kernel, "constants" | "sizes"> & { includes: { moments_of: string }; defines: { WHOLE: number } } {
  return {
    includes: { moments_of: moments_of_parts },
    defines: { WHOLE: parts - 1 },
    constants: { EACH: length, LAST: pixels - (parts - 1) * length, PIXELS: pixels },
    sizes: ["EACH", "LAST", "PIXELS"],
  };
}

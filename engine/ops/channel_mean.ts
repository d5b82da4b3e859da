import partial from "../../shaders/channel_mean.wgsl" with { type: "text" };
import total from "../../shaders/channel_mean_total.wgsl" with { type: "text" };
import { apply, defineOp, type Kernel, misfit, type Op } from "../op.ts";
import { matrixOf } from "../runtime/layout.ts";
import type { Tensor } from "../tensor.ts";

/** Most pixels that one invocation adds: few enough for the loops of software adapters (65,535 rounds). */
const MOST_PIXELS = 16384;

/** Mean over all but the last dimension of x, or of `(x - center)^2` where a centre is the second input. */
export const channelMeanOp: Op<null> = defineOp<null>({
  name: "channel_mean",
  infer: (inputs) => {
    const [x, center] = inputs;
    const channels = x.shape.at(-1);
    if (x.shape.length < 2 || center && center.size !== channels) {
      throw misfit("channel_mean", "x [..., C] and perhaps a centre [C]", inputs, "the channels differ");
    }
    return { shape: [channels!], dtype: "f32" as const };
  },
  reference: (node, [x, center]) => {
    const channels = node.size;
    const sums = new Float64Array(channels);
    x.forEach((value, i) => sums[i % channels] += center ? (value - center[i % channels]) ** 2 : value);
    return sums.map((sum) => sum * channels / x.length);
  },
  wants: ["fast", "any"],
  lower: (node) => {
    const { rows, width, channels, cols } = matrixOf(node.inputs[0].shape);
    const groups = cols / width;
    const pixels = rows * width;
    // Two ordered stages: PARTS sums of LENGTH pixels each, then the sum of those.
    const parts = Math.min(pixels, Math.max(256, Math.ceil(pixels / MOST_PIXELS)));
    const constants = {
      PIXELS: pixels,
      WIDTH: width,
      GROUPS: groups,
      PARTS: parts,
      LENGTH: Math.ceil(pixels / parts),
    };
    const centred = node.inputs.length > 1;
    const first: Kernel = {
      label: "channel_mean",
      code: partial,
      bind: { x: { input: 0 }, ...centred && { center: { input: 1 } }, sums: { scratch: 0 } },
      constants,
      defines: { CENTRED: Number(centred), UNCENTRED: Number(!centred) },
      workgroups: [Math.ceil(parts * groups / 64), 1, 1],
    };
    const second: Kernel = {
      label: "channel_mean_total",
      code: total,
      bind: { sums: { scratch: 0 }, y: { output: true } },
      constants: { GROUPS: groups, PARTS: parts, FACTOR: channels / node.inputs[0].size },
      workgroups: [Math.ceil(groups / 64), 1, 1],
    };
    return { scratch: [parts * groups * 16], kernels: [first, second] };
  },
});

/**
 * Mean of each channel, or the biased variance where its mean is given as the centre.
 *
 * @param x [..., C]. @param center [C]. @returns [C]. @throws {ShapeError} when the channels differ.
 */
export function channelMean(x: Tensor, center?: Tensor): Tensor {
  return apply(channelMeanOp, center ? [x, center] : [x], null);
}

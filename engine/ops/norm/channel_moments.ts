import code from "../../../shaders/norm/channel_moments.wgsl" with { type: "text" };
import totalCode from "../../../shaders/norm/channel_moments_total.wgsl" with { type: "text" };
import { apply, defineOp, type Kernel, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { batchNormOp } from "./batch_norm.ts";
import { channelParts } from "./channel_parts.ts";
import { row } from "../shape/row.ts";
import { scale } from "../arithmetic/scale.ts";

/** `y[0, c] = mean of x[..., c]`, `y[1, c] = mean of (x[..., c] - y[0, c])^2`. */
export const channelMomentsOp: Op<null> = defineOp<null>({
  name: "channel_moments",
  autocast: "f32",
  infer: (inputs) => {
    const [{ shape }] = inputs;
    if (shape.length < 2) {
      throw misfit("channel_moments", "x [..., C]", inputs, "there is nothing to average");
    }
    return { shape: [2, shape.at(-1)!], dtype: "f32" as const };
  },
  gradient: (y, dy) => {
    const [x] = y.inputs;
    const share = y.shape[1] / x.size;
    const [level, slope] = [scale(row(dy, 0), share), scale(row(dy, 1), 2 * share)];
    return [apply(batchNormOp, [x, slope, level, row(y, 0)], null)]; // level + slope (x - mean)
  },
  reference: ({ shape: [, channels] }, [x]) => {
    const moments = new Float64Array(2 * channels);
    const share = channels / x.length;
    x.forEach((value, i) => moments[i % channels] += value * share);
    x.forEach((value, i) => moments[channels + i % channels] += (value - moments[i % channels]) ** 2 * share);
    return moments;
  },
  wants: ["fast"],
  lower: ({ inputs: [x] }, { family }) => {
    const { groups, parts, scratch: view, first, second } = channelParts(x.shape, family);
    const found = { scratch: 0, view };
    const partial: Kernel = { label: "channel_moments", code, bind: { x: { input: 0 }, found }, ...first };
    const bind = { found, y: { output: true } } as const;
    const total: Kernel = { label: "channel_moments_total", code: totalCode, bind, ...second };
    return { scratch: [parts * 2 * groups * 16], kernels: [partial, total] };
  },
});

/**
 * Mean and biased variance of each channel, in one pass over x.
 *
 * @param x [..., C]. @returns [2, C], the means in the first row. @throws {ShapeError} when x is a vector.
 * Source: torch.var_mean over all dimensions but the channels, unbiased=False.
 */
export function channelMoments(x: Tensor): Tensor {
  return apply(channelMomentsOp, [x], null);
}

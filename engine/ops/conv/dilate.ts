import code from "../../../shaders/conv/dilate.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { type StridedView, stridesOf, viewOf } from "../../kernel/view.ts";
import { overVectors } from "../lowering/elementwise.ts";

/** Places of the pixels, and the channels that stay. */
interface Dilation {
  /** Distance of neighbours in the result. */
  stride: number;
  /** Height and width of the result. */
  height: number;
  width: number;
  /** Channels in front that are left out; default 0. */
  skip?: number;
  /** Channels of the result; default as many as x has. */
  channels?: number;
}

/** `y[i stride, j stride, c] = x[i, j, skip + c]`, and 0 between. */
export const dilateOp: Op<Required<Dilation>> = defineOp<Required<Dilation>>({
  name: "dilate",
  infer: (inputs, { height, width, skip, channels }) => {
    const [n, , , c] = inputs[0].shape;
    if (inputs[0].shape.length !== 4 || skip + channels > c) {
      throw misfit("dilate", `images of ${skip + channels} channels or more`, inputs, "not so many");
    }
    return { shape: [n, height, width, channels], dtype: "f32" as const };
  },
  reference: (node, [x]) => {
    const { stride, height, width, skip, channels } = node.attrs;
    const [n, h, w, c] = node.inputs[0].shape;
    const y = new Float64Array(node.size);
    for (let at = 0; at < n * h * w; at++) {
      const i = Math.floor(at / w) % h * stride;
      const j = at % w * stride;
      if (i >= height || j >= width) continue;
      const to = (Math.floor(at / (h * w)) * height + i) * width + j;
      for (let o = 0; o < channels; o++) y[to * channels + o] = x[at * c + skip + o];
    }
    return y;
  },
  lower: (node) => {
    const { stride, height, skip, channels } = node.attrs;
    const [, h, w, c] = node.inputs[0].shape;
    const constants = {
      H: h,
      W: w,
      OH: height,
      GROUPS_IN: Math.ceil(c / 4),
      GROUPS: Math.ceil(channels / 4),
      CHANNELS: channels,
      STRIDE: stride,
      SKIP: skip,
    };
    const whole = channels === c;
    const defines = { WHOLE: Number(whole) };
    return { kernels: [overVectors("dilate", code, node, ["x"], { constants, defines })] };
  },
});

/** The images as the dilated ones: what their pixels become, and 0 between. */
export function dilatedView({ inputs: [x], attrs, shape }: Tensor<Required<Dilation>>): StridedView {
  const strides = stridesOf(x.shape);
  const axes = shape.map((length, axis) => {
    const spread = axis === 1 || axis === 2;
    const count = Math.min(x.shape[axis], Math.ceil(length / attrs.stride));
    return { length, stride: strides[axis], ...spread && { every: attrs.stride, count } };
  });
  return viewOf(x.shape, axes, { offset: attrs.skip });
}

/**
 * Images with zeros between their pixels, where a gradient puts back what a stride left out.
 *
 * @param x [N, H, W, C]. @returns [N, height, width, channels]. @throws {ShapeError} on other than images.
 */
export function dilate(x: Tensor, { skip = 0, channels, ...rest }: Dilation): Tensor {
  return apply(dilateOp, [x], { ...rest, skip, channels: channels ?? x.shape.at(-1)! - skip });
}

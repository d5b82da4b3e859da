import code from "../../../shaders/conv/shortcut.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { dilate } from "./dilate.ts";
import { type StridedView, stridesOf, viewOf } from "../../kernel/view.ts";
import { overVectors } from "../lowering/elementwise.ts";
import { checkMoves } from "./kernels/window.ts";

/** Every `stride`-th pixel, with `before` zero channels in front and the other added channels behind. */
export const shortcutOp: Op<{ stride: number; channels: number }> = defineOp<
  { stride: number; channels: number }
>({
  name: "shortcut",
  infer: (inputs, { stride, channels }) => {
    checkMoves("shortcut", { kernel: 1, stride, padding: 0 });
    const [n, h, w, c] = inputs[0].shape;
    if (inputs[0].shape.length !== 4 || channels < c || (channels - c) % 2 !== 0) {
      throw misfit(
        "shortcut",
        `images of up to ${channels} channels`,
        inputs,
        "it adds equal channels on both sides",
      );
    }
    return { shape: [n, Math.ceil(h / stride), Math.ceil(w / stride), channels], dtype: "f32" as const };
  },
  gradient: ({ inputs: [x], attrs: { stride, channels } }, dy) => {
    const [, height, width, c] = x.shape;
    return [dilate(dy, { stride, height, width, skip: (channels - c) / 2, channels: c })];
  },
  reference: (node, [x]) => {
    const [, h, w, c] = node.inputs[0].shape;
    const [, oh, ow, channels] = node.shape;
    const before = (channels - c) / 2;
    return Float64Array.from({ length: node.size }, (_, at) => {
      const from = at % channels - before;
      const [j, i] = [Math.floor(at / channels) % ow, Math.floor(at / (channels * ow)) % oh];
      const image = Math.floor(at / (channels * ow * oh));
      const { stride } = node.attrs;
      return from < 0 || from >= c ? 0 : x[((image * h + i * stride) * w + j * stride) * c + from];
    });
  },
  lower: (node) => {
    const [, h, , c] = node.inputs[0].shape;
    const [, oh, , channels] = node.shape;
    const constants = {
      H: h,
      OH: oh,
      IN: c,
      IN_GROUPS: Math.ceil(c / 4),
      GROUPS: Math.ceil(channels / 4),
      BEFORE: (channels - c) / 2,
      STRIDE: node.attrs.stride,
    };
    return { kernels: [overVectors("shortcut", code, node, ["x"], { constants })] };
  },
});

/** The images as their shortcut: every `stride`-th pixel, and zero channels around. */
export function shortcutView(
  { inputs: [x], attrs: { stride }, shape }: Tensor<{ stride: number; channels: number }>,
): StridedView {
  const [image, row, pixel] = stridesOf(x.shape);
  const [n, height, width, channels] = shape;
  const count = x.shape[3];
  return viewOf(x.shape, [
    { length: n, stride: image },
    { length: height, stride: stride * row },
    { length: width, stride: stride * pixel },
    { length: channels, stride: 1, from: (channels - count) / 2, count },
  ]);
}

/**
 * The parameter-free shortcut ("option A") of CIFAR residual networks: every second pixel, zeros for the channels
 * that the block adds, half of the zeros on each side.
 *
 * @param x [N, H, W, C]. @returns [N, ceil(H / stride), ceil(W / stride), channels].
 * Source: K. He et al., "Deep Residual Learning for Image Recognition", 2016, section 4.2.
 */
export function shortcut(x: Tensor, options: { stride: number; channels: number }): Tensor {
  return apply(shortcutOp, [x], options);
}

import code from "../../../shaders/conv/depth_to_space.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { type StridedView, stridesOf } from "../../kernel/view.ts";
import { overVectors } from "../lowering/elementwise.ts";

/** Places of the blocks of channels. */
interface Blocks {
  /** Side of the square of pixels that one pixel becomes. */
  side: number;
  /** Rows and columns of x in front that are left out. Default 0. */
  before?: number;
  /** Height and width of the result. */
  height: number;
  width: number;
  /** Groups of channels; each group has a block for every pixel of the square. Default 1. */
  groups?: number;
}

/** `y[side i + a, side j + b, (group, c)] = x[i + before, j + before, (group, a, b, c)]`. */
export const depthToSpaceOp: Op<Required<Blocks>> = defineOp<Required<Blocks>>({
  name: "depth_to_space",
  maskable: true,
  infer: (inputs, { side, before, height, width, groups }) => {
    const [n, h, w, c] = inputs[0].shape;
    const reaches = (length: number, of: number) => (of - before) * side >= length;
    if (inputs[0].shape.length !== 4 || c % (side * side * groups) !== 0) {
      throw misfit(
        "depth_to_space",
        `images of ${side * side * groups} blocks of channels`,
        inputs,
        "they have none",
      );
    }
    if (!reaches(height, h) || !reaches(width, w)) {
      throw misfit("depth_to_space", `images that become ${height} x ${width}`, inputs, "they are smaller");
    }
    return { shape: [n, height, width, c / side / side], dtype: "f32" as const };
  },
  reference: (node, [x]) => {
    const { side, before, groups } = node.attrs;
    const [, h, w, c] = node.inputs[0].shape;
    const [, height, width, channels] = node.shape;
    const each = channels / groups;
    return Float64Array.from({ length: node.size }, (_, at) => {
      const [row, col, channel] = [
        Math.floor(at / channels / width),
        Math.floor(at / channels) % width,
        at % channels,
      ];
      const [image, i, j] = [Math.floor(row / height), row % height, col];
      const from = ((image * h + Math.floor(i / side) + before) * w + Math.floor(j / side) + before) * c;
      const phase = i % side * side + j % side;
      return x[from + (Math.floor(channel / each) * side * side + phase) * each + channel % each];
    });
  },
  lower: (node) => {
    const { side, before, groups } = node.attrs;
    const [, h, , c] = node.inputs[0].shape;
    const [, height, , channels] = node.shape;
    const each = channels / groups;
    const whole = each % 4 === 0;
    const constants = {
      H: h,
      OH: height,
      SIDE: side,
      BEFORE: before,
      EACH: whole ? each / 4 : each,
      CHANNELS: channels,
      GROUPS: Math.ceil(channels / 4),
      GROUPS_IN: Math.ceil(c / 4),
    };
    const defines = { WHOLE: Number(whole) };
    return { kernels: [overVectors("depth_to_space", code, node, ["x"], { constants, defines })] };
  },
});

/** The images with their blocks as squares of pixels; null where squares are cut or channels have groups. */
export function squaresView({ inputs: [x], attrs, shape }: Tensor<Required<Blocks>>): StridedView | null {
  const { side, before, groups } = attrs;
  const [n, height, width, channels] = shape;
  if (groups > 1 || height % side > 0 || width % side > 0) return null;
  const [image, row, pixel] = stridesOf(x.shape);
  // Blocks of whole 4-vectors are pixels of the same matrix, so that a kernel loads them as such.
  const blocks = [n, x.shape[1], x.shape[2] * side * side, channels];
  return {
    of: channels % 4 === 0 ? blocks : x.shape,
    rows: [
      { length: n, stride: image },
      { length: height / side, stride: row },
      { length: side, stride: side * channels },
    ],
    cols: [{ length: width / side, stride: pixel }, { length: side, stride: channels }],
    last: { length: channels, stride: 1 },
    offset: before * (row + pixel),
  };
}

/**
 * Blocks of channels as squares of pixels.
 *
 * @param x [N, H, W, groups * side * side * C]. @returns [N, height, width, groups * C].
 * @throws {ShapeError} when x has not so many channels or pixels. Source: tf.nn.depth_to_space.
 */
export function depthToSpace(x: Tensor, { before = 0, groups = 1, ...rest }: Blocks): Tensor {
  return apply(depthToSpaceOp, [x], { ...rest, before, groups });
}

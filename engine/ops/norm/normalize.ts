import code from "../../../shaders/norm/normalize.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { overVectors } from "../lowering/elementwise.ts";

/** Mean and standard deviation of each channel, of pixel values divided by 255. */
export interface PixelStatistics {
  /** [channels]. */
  mean: readonly number[];
  /** [channels], above 0. */
  std: readonly number[];
}

/** `y = (byte / 255 - mean[c]) / std[c]`. */
const normalizeOp: Op<PixelStatistics> = defineOp<PixelStatistics>({
  name: "normalize",
  autocast: "f16",
  infer: (inputs, { mean, std }) => {
    const [images] = inputs;
    const channels = images.shape.at(-1)!;
    if (
      images.dtype !== "u8" || images.shape.length !== 4 || channels > 4 || mean.length !== channels ||
      std.length !== channels
    ) {
      throw misfit(
        "normalize",
        `u8 images [N, H, W, C] and ${mean.length} means`,
        inputs,
        "the channels differ",
      );
    }
    return { shape: images.shape, dtype: "f32" as const };
  },
  reference: ({ attrs: { mean, std } }, [x]) =>
    x.map((byte, i) => (byte / 255 - mean[i % mean.length]) / std[i % mean.length]),
  wants: ["buffer"],
  lower: (node) => {
    const { mean, std } = node.attrs;
    const channels = mean.length;
    const constants: Record<string, number> = { CHANNELS: channels };
    // byte * scale + shift; lanes beyond the last channel stay zero.
    for (let c = 0; c < 4; c++) {
      constants[`SCALE${c}`] = c < channels ? 1 / (255 * std[c]) : 0;
      constants[`SHIFT${c}`] = c < channels ? -mean[c] / std[c] : 0;
    }
    return { kernels: [overVectors("normalize", code, node, ["images"], { constants })] };
  },
});

/**
 * 8-bit images to normalised floats, on the device, so that a quarter of the bytes is uploaded.
 *
 * @param images u8 [N, H, W, C], C at most 4. @returns f32 of the same shape.
 * Source: torchvision.transforms ToTensor and Normalize.
 */
export function normalize(images: Tensor, statistics: PixelStatistics): Tensor {
  return apply(normalizeOp, [images], statistics);
}

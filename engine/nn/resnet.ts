import { misfit, type Tensor } from "../graph/node.ts";
import { globalAvgPool } from "../ops/conv/global_avg_pool.ts";
import { maxPool } from "../ops/conv/max_pool.ts";
import { relu } from "../ops/arithmetic/relu.ts";
import { type HeadKind, headOf } from "./heads.ts";
import { basicBlock, bottleneck, EXPANSION } from "./blocks.ts";
import { BatchNorms, Registry } from "./layers.ts";
import type { Network } from "./network.ts";

/** Options of a residual network for large images. */
export interface ResNetOptions {
  /** Such as `resnet50`. */
  name: string;
  /**
   * First layers: `large`, default, is a 7x7 convolution and a 3x3 maximum, each of stride 2; `small` is a 3x3
   * convolution of stride 1 alone, for images such as CIFAR's.
   */
  stem?: "large" | "small" | undefined;
  /** Two 3x3 convolutions, or a 3x3 between two 1x1 convolutions, the last with four times the channels. */
  block: "basic" | "bottleneck";
  /** Blocks of the four stages. */
  blocks: readonly [number, number, number, number];
  /** Number of classes. */
  classes: number;
  /** Channels of the images; default 3. */
  channels?: number | undefined;
  /** Channels of the first convolution and, doubled from stage to stage, the planes of the stages; default 64. */
  width?: number | undefined;
  /** Groups of the 3x3 convolution of a bottleneck; default 1. */
  groups?: number | undefined;
  /** Channels of each group where the planes are 64, in other stages in proportion; default 64. */
  groupWidth?: number | undefined;
  /** Kind of the last layer; default linear. */
  head?: HeadKind | undefined;
  /** One more bottleneck behind the last stage, `block.*`, which is trained while the backbone is frozen. Default false. */
  extraBlock?: boolean | undefined;
}

/** Least height and width by the stem. Smaller images have a single pixel left before the last stage. */
const LEAST_SIDE = { large: 17, small: 5 };

/**
 * Residual network for large images: a 7x7 convolution and a 3x3 maximum, each of stride 2, four stages of blocks,
 * global average pool, linear. A stride is in the 3x3 convolution of a bottleneck. Names are torchvision's: conv1, bn1,
 * layer{1..4}.{i}.{conv1,bn1,conv2,bn2,conv3,bn3,downsample.0,downsample.1}, fc. With a small stem, for small images.
 *
 * Source: K. He et al., "Deep Residual Learning for Image Recognition", 2016, section 4.1; S. Xie et al., "Aggregated
 * Residual Transformations for Deep Neural Networks", 2017; the extra block: Z. Zhong et al., "Improving Calibration for
 * Long-Tailed Recognition", CVPR 2021, on Places-LT.
 *
 * @throws {RangeError} when an extra block is asked for behind basic ones.
 *
 * @example
 * ```ts
 * import { input } from "everyclass";
 * import { resNet } from "everyclass/nn";
 * const network = resNet({ name: "resnet50", block: "bottleneck", blocks: [3, 4, 6, 3], classes: 1000 });
 * const { features, updates } = network.forward(input("images", [8, 224, 224, 3]), { training: true });
 * console.log(features.shape, updates.length); // [8, 2048] and 53
 * ```
 */
export function resNet(options: ResNetOptions): Network {
  const { name, blocks, classes, channels = 3, width = 64, head = "linear", extraBlock = false } = options;
  const { stem = "large" } = options;
  if (extraBlock && options.block === "basic") {
    throw new RangeError(
      `Cannot build ${name} with an extra block: it takes a network of bottlenecks, such as resnet50, current has ` +
        "basic blocks",
    );
  }
  const registry = new Registry();
  const first = stem === "large"
    ? registry.conv("conv1", channels, width, 7, 2)
    : registry.conv("conv1", channels, width, 3);
  const firstNorm = registry.norm("bn1", width);
  const make = options.block === "basic" ? basicBlock : bottleneck;
  const { groups = 1, groupWidth = 64 } = options;
  let into = width;
  const body = blocks.flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => {
      const planes = width * 2 ** stage;
      const size = { into, planes, stride: i === 0 && stage > 0 ? 2 : 1, groups, groupWidth };
      into = options.block === "basic" ? planes : planes * EXPANSION;
      return make(registry, `layer${stage + 1}.${i}`, size);
    })
  );
  if (extraBlock) {
    body.push(
      bottleneck(registry, "block", { into, planes: into / EXPANSION, stride: 1, groups: 1, groupWidth: 64 }),
    );
  }
  const features = into;
  return {
    name,
    features,
    classes,
    stages: ["conv1.", "bn1.", ...blocks.map((_, i) => `layer${i + 1}.`), ...extraBlock ? ["block."] : []],
    backbone: registry.weights,
    statistics: registry.statistics,
    classifier: headOf(head, { classes, features }, "fc"),
    forward: (images, options) => {
      checkSize(name, images, LEAST_SIDE[stem]);
      const norms = new BatchNorms(options);
      const seen = relu(firstNorm(first(images), norms));
      const start = stem === "large" ? maxPool(seen, { kernel: 3, stride: 2, padding: 1 }) : seen;
      return {
        features: globalAvgPool(body.reduce((x, block) => block(x, norms), start)),
        updates: norms.updates,
      };
    },
  };
}

function checkSize(name: string, images: Tensor, least: number): void {
  const [, height, width] = images.shape;
  if (images.shape.length !== 4 || Math.min(height, width) >= least) return;
  throw misfit(
    name,
    `images [N, H, W, C] of at least ${least} x ${least} pixels`,
    [images],
    "a single pixel would be left of them before the last stage: take a network for small images, such as resnet32, or " +
      "larger images",
  );
}

import { misfit, type Tensor } from "../graph/node.ts";
import { add } from "../ops/arithmetic/add.ts";
import { globalAvgPool } from "../ops/conv/global_avg_pool.ts";
import { maxPool } from "../ops/conv/max_pool.ts";
import { relu } from "../ops/arithmetic/relu.ts";
import { type HeadKind, headOf } from "./heads.ts";
import { BatchNorms, type Block, Registry } from "./layers.ts";
import type { Network } from "./network.ts";

/** Options of a residual network for large images. */
export interface ResNetOptions {
  /** Such as `resnet50`. */
  name: string;
  /** Two 3x3 convolutions, or a 3x3 between two 1x1 convolutions, the last with four times the channels. */
  block: "basic" | "bottleneck";
  /** Blocks of the four stages. */
  blocks: readonly [number, number, number, number];
  /** Number of classes. */
  classes: number;
  /** Channels of the images; default 3. */
  channels?: number;
  /** Channels of the first convolution and, doubled from stage to stage, the planes of the stages; default 64. */
  width?: number;
  /** Groups of the 3x3 convolution of a bottleneck; default 1. */
  groups?: number;
  /** Channels of each group where the planes are 64, in other stages in proportion; default 64. */
  groupWidth?: number;
  /** Kind of the last layer; default linear. */
  head?: HeadKind;
  /** One more bottleneck behind the last stage, `block.*`, which is trained while the backbone is frozen. Default false. */
  extraBlock?: boolean;
}

/** Channels that a bottleneck puts out for each of its planes. */
const EXPANSION = 4;

/** Least height and width. Smaller images have a single pixel left before the last stage. */
const LEAST_SIDE = 17;

/**
 * Residual network for large images: a 7x7 convolution and a 3x3 maximum, each of stride 2, four stages of blocks,
 * global average pool, linear. A stride is in the 3x3 convolution of a bottleneck. Names are torchvision's: conv1, bn1,
 * layer{1..4}.{i}.{conv1,bn1,conv2,bn2,conv3,bn3,downsample.0,downsample.1}, fc.
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
  if (extraBlock && options.block === "basic") {
    throw new RangeError(
      `Cannot build ${name} with an extra block: it takes a network of bottlenecks, such as resnet50, current has ` +
        "basic blocks",
    );
  }
  const registry = new Registry();
  const first = registry.conv("conv1", channels, width, 7, 2);
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
      checkSize(name, images);
      const norms = new BatchNorms(options);
      const start = maxPool(relu(firstNorm(first(images), norms)), { kernel: 3, stride: 2, padding: 1 });
      return {
        features: globalAvgPool(body.reduce((x, block) => block(x, norms), start)),
        updates: norms.updates,
      };
    },
  };
}

/** The channels of a block. */
interface BlockSize {
  into: number;
  planes: number;
  stride: number;
  groups: number;
  groupWidth: number;
}

function basicBlock(registry: Registry, name: string, { into, planes, stride }: BlockSize): Block {
  const conv1 = registry.conv(`${name}.conv1`, into, planes, 3, stride);
  const norm1 = registry.norm(`${name}.bn1`, planes);
  const conv2 = registry.conv(`${name}.conv2`, planes, planes, 3);
  const norm2 = registry.norm(`${name}.bn2`, planes);
  const skip = shortcut(registry, name, into, planes, stride);
  return (x, norms) => relu(add(norm2(conv2(relu(norm1(conv1(x), norms))), norms), skip(x, norms)));
}

function bottleneck(registry: Registry, name: string, size: BlockSize): Block {
  const { into, planes, stride, groups, groupWidth } = size;
  const [inner, outer] = [Math.floor(planes * groupWidth / 64) * groups, planes * EXPANSION];
  const conv1 = registry.conv(`${name}.conv1`, into, inner, 1);
  const norm1 = registry.norm(`${name}.bn1`, inner);
  const conv2 = registry.conv(`${name}.conv2`, inner, inner, 3, stride, groups);
  const norm2 = registry.norm(`${name}.bn2`, inner);
  const conv3 = registry.conv(`${name}.conv3`, inner, outer, 1);
  const norm3 = registry.norm(`${name}.bn3`, outer);
  const skip = shortcut(registry, name, into, outer, stride);
  return (x, norms) => {
    const narrowed = relu(norm1(conv1(x), norms));
    const seen = relu(norm2(conv2(narrowed), norms));
    return relu(add(norm3(conv3(seen), norms), skip(x, norms)));
  };
}

/** The shortcut of a block: its input, or a 1x1 convolution of the input where the shape changes. */
function shortcut(registry: Registry, name: string, into: number, outer: number, stride: number): Block {
  if (stride === 1 && into === outer) return (x) => x;
  const conv = registry.conv(`${name}.downsample.0`, into, outer, 1, stride);
  const norm = registry.norm(`${name}.downsample.1`, outer);
  return (x, norms) => norm(conv(x), norms);
}

function checkSize(name: string, images: Tensor): void {
  const [, height, width] = images.shape;
  if (images.shape.length !== 4 || Math.min(height, width) >= LEAST_SIDE) return;
  throw misfit(
    name,
    `images [N, H, W, C] of at least ${LEAST_SIDE} x ${LEAST_SIDE} pixels`,
    [images],
    "a single pixel would be left of them before the last stage: take a network for small images, such as resnet32, or " +
      "larger images",
  );
}

import { globalAvgPool } from "../ops/conv/global_avg_pool.ts";
import { relu } from "../ops/arithmetic/relu.ts";
import { shortcut as paddedShortcut } from "../ops/conv/shortcut.ts";
import type { Tensor } from "../graph/node.ts";
import { type HeadKind, headOf } from "./heads.ts";
import { basicBlock, type BlockSize, residualBlock } from "./blocks.ts";
import { BatchNorms, type Block, Registry } from "./layers.ts";
import type { Network } from "./network.ts";

/** Options of a CIFAR residual network. */
export interface CifarResNetOptions {
  /** 6 n + 2: 8, 14, 20, 32, 44, 56, 110. */
  depth: number;
  /** Number of classes. */
  classes: number;
  /** Channels of the images; default 3. */
  channels?: number | undefined;
  /** Channels of the three stages; default 16, 32, 64. */
  widths?: readonly [number, number, number] | undefined;
  /**
   * Shortcut where the shape changes, by the paper's letters: A, default, takes every second pixel and pads the channels
   * with zeros; B is a 1x1 convolution with a batch norm.
   */
  shortcut?: "A" | "B" | undefined;
  /** Kind of the last layer; default linear. */
  head?: HeadKind | undefined;
}

/**
 * Residual network for small images: a 3x3 convolution, three stages of basic blocks, global average pool, linear.
 * Names are torch's: conv1, bn1, layer{1,2,3}.{i}.{conv1,bn1,conv2,bn2}, linear. With shortcuts B a block may have
 * downsample.0 and downsample.1 besides, and the last layer is fc, as torchvision's networks name theirs.
 *
 * @throws {RangeError} when the depth is not 6 n + 2.
 * Source: K. He et al., "Deep Residual Learning for Image Recognition", 2016, section 4.2.
 *
 * @example
 * ```ts
 * import { input } from "everyclass";
 * import { cifarResNet } from "everyclass/nn";
 * const network = cifarResNet({ depth: 32, classes: 100 });
 * const { features, updates } = network.forward(input("images", [8, 32, 32, 3]), { training: true });
 * console.log(features.shape, updates.length); // [8, 64] and 31
 * ```
 */
export function cifarResNet(options: CifarResNetOptions): Network {
  const { depth, classes, channels = 3, widths = [16, 32, 64], shortcut = "A", head = "linear" } = options;
  const blocks = (depth - 2) / 6;
  if (!Number.isInteger(blocks) || blocks < 1) {
    throw new RangeError(
      `Cannot build a CIFAR ResNet: it takes a depth of 6 n + 2 (8, 14, 20, 32, …), current is ${depth}`,
    );
  }
  const registry = new Registry();
  const block = shortcut === "A" ? paddedBlock : basicBlock;
  const first = registry.conv("conv1", channels, widths[0], 3);
  const firstNorm = registry.norm("bn1", widths[0]);
  const body = widths.flatMap((width, stage) =>
    Array.from({ length: blocks }, (_, i) => {
      const into = i === 0 && stage > 0 ? widths[stage - 1] : width;
      const stride = i === 0 && stage > 0 ? 2 : 1;
      return block(registry, `layer${stage + 1}.${i}`, { into, planes: width, stride });
    })
  );
  const features = widths[2];
  return {
    name: `resnet${depth}${shortcut === "A" ? "" : "_b"}`,
    features,
    classes,
    stages: ["conv1.", "bn1.", "layer1.", "layer2.", "layer3."],
    backbone: registry.weights,
    statistics: registry.statistics,
    classifier: headOf(head, { classes, features }, shortcut === "A" ? "linear" : "fc"),
    forward: (images, options) => {
      const norms = new BatchNorms(options);
      const start = relu(firstNorm(first(images), norms));
      return {
        features: globalAvgPool(body.reduce((x, block) => block(x, norms), start)),
        updates: norms.updates,
      };
    },
  };
}

/** A basic block whose shortcut has no parameters. */
function paddedBlock(registry: Registry, name: string, { into, planes, stride }: BlockSize): Block {
  const changes = stride !== 1 || into !== planes;
  const skip = (x: Tensor) => changes ? paddedShortcut(x, { stride, channels: planes }) : x;
  return residualBlock(registry, name, { into, planes, stride }, () => skip);
}

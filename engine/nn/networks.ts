import type { HeadKind } from "./heads.ts";
import type { Network } from "./network.ts";
import { resNet, type ResNetOptions } from "./resnet.ts";
import { cifarResNet, type CifarResNetOptions } from "./resnet_cifar.ts";

/** Options that all networks share. */
export interface NetworkOptions {
  /** Number of classes. */
  classes: number;
  /** Channels of the images. */
  channels: number;
  /** Kind of the last layer; default linear. */
  head?: HeadKind | undefined;
  /** One more bottleneck behind the last stage; only networks of bottlenecks take it. Default false. */
  extraBlock?: boolean | undefined;
}

type Known =
  | Pick<CifarResNetOptions, "depth" | "shortcut">
  | Pick<ResNetOptions, "block" | "blocks" | "groups" | "groupWidth" | "stem">;

/**
 * Name of a network: for small images such as CIFAR's, or for large images such as ImageNet's. Those of small images end
 * in `_b` where their shortcuts are convolutions, and in `_cifar` where they are a network for large images that begins
 * with a 3x3 convolution.
 */
export type NetworkName =
  | ("resnet8" | "resnet14" | "resnet20" | "resnet32" | "resnet44" | "resnet56" | "resnet110")
  | ("resnet8_b" | "resnet14_b" | "resnet20_b" | "resnet32_b" | "resnet44_b" | "resnet56_b" | "resnet110_b")
  | ("resnet18_cifar" | "resnet34_cifar")
  | ("resnet10" | "resnet18" | "resnet34" | "resnet50" | "resnet101" | "resnet152" | "resnext50_32x4d");

const known: Record<NetworkName, Known> = {
  resnet8: { depth: 8 },
  resnet14: { depth: 14 },
  resnet20: { depth: 20 },
  resnet32: { depth: 32 },
  resnet44: { depth: 44 },
  resnet56: { depth: 56 },
  resnet110: { depth: 110 },
  resnet8_b: { depth: 8, shortcut: "B" },
  resnet14_b: { depth: 14, shortcut: "B" },
  resnet20_b: { depth: 20, shortcut: "B" },
  resnet32_b: { depth: 32, shortcut: "B" },
  resnet44_b: { depth: 44, shortcut: "B" },
  resnet56_b: { depth: 56, shortcut: "B" },
  resnet110_b: { depth: 110, shortcut: "B" },
  resnet18_cifar: { block: "basic", blocks: [2, 2, 2, 2], stem: "small" },
  resnet34_cifar: { block: "basic", blocks: [3, 4, 6, 3], stem: "small" },
  resnet10: { block: "basic", blocks: [1, 1, 1, 1] },
  resnet18: { block: "basic", blocks: [2, 2, 2, 2] },
  resnet34: { block: "basic", blocks: [3, 4, 6, 3] },
  resnet50: { block: "bottleneck", blocks: [3, 4, 6, 3] },
  resnet101: { block: "bottleneck", blocks: [3, 4, 23, 3] },
  resnet152: { block: "bottleneck", blocks: [3, 8, 36, 3] },
  resnext50_32x4d: { block: "bottleneck", blocks: [3, 4, 6, 3], groups: 32, groupWidth: 4 },
};

/** Names of all networks. */
export const networkNames: readonly NetworkName[] = Object.keys(known) as NetworkName[];

/** Names of the networks that can have an extra block. */
export const bottleneckNames: readonly NetworkName[] = networkNames.filter((name) => {
  const parts = known[name];
  return "block" in parts && parts.block === "bottleneck";
});

/**
 * The network with this name.
 *
 * @throws {RangeError} when no network has this name, or it cannot have the extra block that is asked for.
 *
 * @example
 * ```ts
 * import { input } from "everyclass";
 * import { networkOf } from "everyclass/nn";
 * const network = networkOf("resnet8", { classes: 10, channels: 3 });
 * const { features, updates } = network.forward(input("images", [8, 32, 32, 3]), { training: true });
 * console.log(features.shape, updates.length); // [8, 64] and 7, an update for each batch norm
 * ```
 */
export function networkOf(name: string, options: NetworkOptions): Network {
  if (!Object.hasOwn(known, name)) {
    throw new RangeError(`Cannot build network ${name}: it takes one of ${networkNames.join(", ")}`);
  }
  const { extraBlock, ...rest } = options;
  if (extraBlock && !bottleneckNames.some((one) => one === name)) {
    throw new RangeError(
      `Cannot build ${name} with an extra block: it takes one of ${
        bottleneckNames.join(", ")
      }, whose blocks are ` +
        "bottlenecks",
    );
  }
  const parts = known[name as NetworkName];
  return "depth" in parts
    ? cifarResNet({ ...parts, ...rest })
    : resNet({ name, ...parts, ...rest, extraBlock });
}

import type { ImageSet } from "../../../data/mod.ts";
import { nameOf } from "../../../engine/mod.ts";
import { tensorDigest, valueDigest } from "../../machine/digest.ts";
import type { Pass } from "../pass.ts";
import type { Setup } from "../../setup/setup.ts";
import { imageLibrary } from "../../machine/versions.ts";

/** Raised when the program computes other features from the same weights and images. */
const VERSION = 1;

/**
 * A name for all that the features of a set's views depend on: the images and how they are changed, the backbone and
 * what computes it. Runs that differ in their loss, their sampler or their schedule share this name.
 *
 * @param digest Digest of the set. @param seed Seed of the random changes; plain images do not depend on it.
 */
export function bankKey(
  { network, stage1, dataset, device }: Setup,
  set: ImageSet,
  digest: string,
  { augment, mirrored }: Pick<Pass, "augment" | "mirrored">,
  seed: number,
): string {
  const names = [...network.backbone, ...network.statistics].map(nameOf);
  const weights = tensorDigest(names.map((name) => [name, stage1.get(name)!]));
  const { mean, std } = dataset;
  const { height, width, channels } = set;
  const parts = [
    ...[VERSION, network.name, weights, digest, [height, width, channels], mean, std],
    // Features of black images count, if a pass may have broken images.
    set.kind === "encoded" && [imageLibrary, set.maxBroken],
    // Another adapter or other kernels round in other places.
    ...[device.adapter, device.family],
    augment && [augment, seed],
    ...mirrored ? ["mirrored"] : [],
  ];
  return valueDigest(parts);
}

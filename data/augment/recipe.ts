import type { Step } from "./steps.ts";

/** Named series of random changes, as the field's training codes have them. */
export type Policy = "crop-flip" | "autoaugment" | "simclr" | "paco";

/** Random changes to training images. */
export interface Augment {
  /**
   * - `crop-flip` (the default): pad and crop, mirror;
   * - `autoaugment`: then one of the 25 operation pairs that AutoAugment found for CIFAR-10 (balanced softmax, PaCo);
   * - `simclr`: a resized part of a fifth of the image or more, mirror, jittered colours, grey now and then, blur;
   * - `paco`: two views of each image, the first by `autoaugment`, the second by `simclr`.
   */
  policy?: Policy;
  /** Pixels of padding on each side, out of which a crop of the image's own size is taken; `simclr` takes none. */
  pad: number;
  /** Whether half of the images are mirrored left to right. */
  flip: boolean;
  /** Side in pixels of a black square about a random pixel, last of all; none by default, never in PaCo's second view. */
  cutout?: number;
}

/**
 * The steps of each view that an augmentation makes of an image; without one, the image as it is.
 *
 * @throws {RangeError} when the policy changes colours and the images are neither grey nor RGB.
 */
export function recipe(augment: Augment | null, channels: number): Step[][] {
  if (augment === null) return [[]];
  const { policy = "crop-flip", pad, flip, cutout = 0 } = augment;
  if (policy !== "crop-flip" && channels !== 1 && channels !== 3) {
    throw new RangeError(
      `Cannot augment by ${policy}: it takes images of 1 or 3 channels, current ones have ${channels}`,
    );
  }
  const crop: Step = { name: "crop-flip", pad, flip };
  const holes: Step[] = cutout > 0 ? [{ name: "cutout", holes: 1, length: cutout }] : [];
  switch (policy) {
    case "crop-flip":
      return [[crop, ...holes]];
    case "autoaugment":
      return [[crop, { name: "autoaugment-cifar" }, ...holes]];
    case "simclr":
      return [[...simclr(flip), ...holes]];
    case "paco":
      return [[crop, { name: "autoaugment-cifar" }, ...holes], simclr(flip)];
  }
}

/** MoCo v2's changes, by their values in PaCo for CIFAR. Source: T. Chen et al., "SimCLR", ICML 2020; X. Chen et al., "MoCo v2", 2020. */
function simclr(flip: boolean): Step[] {
  return [
    { name: "random-resized-crop", scale: [.2, 1], ratio: [3 / 4, 4 / 3] },
    { name: "flip", p: flip ? .5 : 0 },
    { name: "color-jitter", brightness: .4, contrast: .4, saturation: .4, hue: .1, p: .8 },
    { name: "random-grayscale", p: .2 },
    { name: "gaussian-blur", sigma: [.1, 2], p: .5 },
  ];
}

import type { Frame } from "./frames.ts";
import type { Step } from "./steps.ts";

/** Named series of random changes, as the field's training codes have them. */
export type Policy = "crop-flip" | "resized-crop" | "autoaugment" | "simclr" | "paco";

/** Random changes to training images. */
export interface Augment {
  /**
   * - `crop-flip` (the default): pad and crop, mirror;
   * - `resized-crop`: a part of 8 % of the image or more, stretched; mirror;
   * - `autoaugment`: `crop-flip`, then one of the 25 operation pairs that AutoAugment found for CIFAR-10 (balanced
   *   softmax, PaCo);
   * - `simclr`: a resized part of a fifth of the image or more, mirror, jittered colours, grey now and then, blur;
   * - `paco`: two views of each image, the first by `autoaugment`, the second by `simclr`.
   */
  policy?: Policy;
  /** Pixels of black on each side, before a crop of the delivered size is taken; policies that stretch take none. */
  pad: number;
  /** Whether half of the images are mirrored left to right. */
  flip: boolean;
  /**
   * Of policies that stretch, and images in files: whether parts are taken of the file's own image, as torchvision does,
   * and not of the one that was brought to a shorter side; larger files take longer then, and none is cached.
   */
  whole?: boolean;
  /** How far colours change in `crop-flip` and `resized-crop`; the other policies have their own. None by default. */
  jitter?: Jitter | null;
  /** Side in pixels of a black square about a random pixel, last of all; none by default, never in PaCo's second view. */
  cutout?: number;
}

/** Factors are drawn from [max(0, 1 - x), 1 + x], hue from [-x, x] of the colour wheel, their order anew. */
export interface Jitter {
  /** Towards black, and beyond the image. */
  brightness: number;
  /** Towards the mean grey. */
  contrast: number;
  /** Towards the pixel's own grey. */
  saturation: number;
  /** Of the colour wheel, at most 0.5. */
  hue: number;
}

/** How one view of an image is made. */
export interface ViewRecipe {
  frame: Frame;
  steps: Step[];
}

/**
 * How each view that an augmentation makes of an image is made; without one, the middle of the image, or all of it where
 * it has the delivered size.
 *
 * @throws {RangeError} when the policy changes colours and the images are neither grey nor RGB.
 */
export function viewRecipes(augment: Augment | null, channels: number): ViewRecipe[] {
  if (augment === null) return [{ frame: { name: "centre-crop" }, steps: [] }];
  const { policy = "crop-flip", pad, flip, cutout = 0, jitter } = augment;
  if ((policy !== "crop-flip" || jitter) && channels !== 1 && channels !== 3) {
    throw new RangeError(
      `Cannot augment by ${policy}: it takes images of 1 or 3 channels, current ones have ${channels}`,
    );
  }
  const crop: Frame = { name: "crop-flip", pad, flip };
  const colours: Step[] = jitter ? [{ name: "color-jitter", ...jitter, p: 1 }] : [];
  const holes: Step[] = cutout > 0 ? [{ name: "cutout", holes: 1, length: cutout }] : [];
  const mirror: Step = { name: "flip", p: flip ? .5 : 0 };
  const auto: ViewRecipe = { frame: crop, steps: [{ name: "autoaugment-cifar" }, ...holes] };
  switch (policy) {
    case "crop-flip":
      return [{ frame: crop, steps: [...colours, ...holes] }];
    case "resized-crop":
      return [{ frame: part(.08), steps: [mirror, ...colours, ...holes] }];
    case "autoaugment":
      return [auto];
    case "simclr":
      return [{ frame: part(.2), steps: [mirror, ...SIMCLR, ...holes] }];
    case "paco":
      return [auto, { frame: part(.2), steps: [mirror, ...SIMCLR] }];
  }
}

/** A stretched part of at least this share of the image. Source: torchvision's RandomResizedCrop. */
const part = (least: number): Frame => ({
  name: "random-resized-crop",
  scale: [least, 1],
  ratio: [3 / 4, 4 / 3],
});

/** MoCo v2's changes, by their values in PaCo for CIFAR. Source: T. Chen et al., "SimCLR", ICML 2020; X. Chen et al., "MoCo v2", 2020. */
const SIMCLR: readonly Step[] = [
  { name: "color-jitter", brightness: .4, contrast: .4, saturation: .4, hue: .1, p: .8 },
  { name: "random-grayscale", p: .2 },
  { name: "gaussian-blur", sigma: [.1, 2], p: .5 },
];

import type { Frame } from "./frames.ts";
import type { Step } from "./steps.ts";

/** Named series of random changes, as published training code has them. */
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
  policy?: Policy | undefined;
  /** Pixels of black added on each side before the crop; policies that stretch ignore it. */
  pad: number;
  /** Mirror half of the images left to right. */
  flip: boolean;
  /**
   * For policies that stretch, on images in files: crop the image at its own size, as torchvision does, instead of the
   * image resized to its shorter side. Larger files take longer then, and no decoded image is cached.
   */
  whole?: boolean | undefined;
  /**
   * Range of colour changes in `crop-flip` and `resized-crop`; the other policies have ranges of their own.
   * Default: no changes.
   */
  jitter?: Jitter | null | undefined;
  /**
   * Side in pixels of a black square about a random pixel, drawn last. Default 0: no square; PaCo's second
   * view never has it.
   */
  cutout?: number | undefined;
}

/** Factors are drawn from [max(0, 1 - x), 1 + x], hue from [-x, x] of the colour wheel, their order anew. */
export interface Jitter {
  /** Range of the factor between black (0) and the image (1), and beyond. */
  brightness: number;
  /** Range of the factor between the image's mean grey (0) and the image (1), and beyond. */
  contrast: number;
  /** Range of the factor between each pixel's grey (0) and the image (1), and beyond. */
  saturation: number;
  /** Range of the turn, as a share of the colour wheel, at most 0.5. */
  hue: number;
}

/** The steps that make one view of an image. */
export interface ViewRecipe {
  frame: Frame;
  steps: Step[];
}

/**
 * The recipe of each view that an augmentation makes of an image. Without an augmentation the only view is the middle of
 * the image, which is the whole image where it has the delivered size.
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

/**
 * MoCo v2's changes, by their values in PaCo for CIFAR. Source: T. Chen et al., "SimCLR", ICML 2020; X. Chen
 * et al., "MoCo v2", 2020.
 */
const SIMCLR: readonly Step[] = [
  { name: "color-jitter", brightness: .4, contrast: .4, saturation: .4, hue: .1, p: .8 },
  { name: "random-grayscale", p: .2 },
  { name: "gaussian-blur", sigma: [.1, 2], p: .5 },
];

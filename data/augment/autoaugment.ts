// The policy that AutoAugment found for CIFAR-10: one of 25 pairs of operations, each applied with its own probability.
// Levels are 0 to 9 of the operation's range. Source: E. Cubuk et al., "AutoAugment: Learning Augmentation Strategies
// from Data", CVPR 2019; ranges, grey 128 outside the image, bicubic shears and rotation in one direction only
// as in the PyTorch version that long-tailed recognition uses (balanced softmax, PaCo).
import { rotate, shear, translate } from "./affine.ts";
import { brightness, contrast, saturation, sharpness } from "./blend.ts";
import type { Draws } from "./draws.ts";
import type { Pixels } from "./pixels.ts";
import { autoContrast, equalize, invert, posterize, solarize } from "./tables.ts";

/** Name of an operation of the policy. */
export type Operation = keyof typeof OPERATIONS;

const GREY = 128;
const LEVELS = 9;

/** The operations by name; `share` is the part of the range (level / 9), `sign` the direction where there are two. */
const OPERATIONS = {
  shearX: (image: Pixels, share: number, sign: number) => shear(image, sign * share * .3, 0, GREY),
  shearY: (image: Pixels, share: number, sign: number) => shear(image, 0, sign * share * .3, GREY),
  translateX: (image: Pixels, share: number, sign: number) =>
    translate(image, sign * share * 150 / 331 * image.width, 0, GREY),
  translateY: (image: Pixels, share: number, sign: number) =>
    translate(image, 0, sign * share * 150 / 331 * image.height, GREY),
  rotate: (image: Pixels, share: number) => rotate(image, share * 30, GREY),
  color: (image: Pixels, share: number, sign: number) => saturation(image, 1 + sign * share * .9),
  contrast: (image: Pixels, share: number, sign: number) => contrast(image, 1 + sign * share * .9),
  brightness: (image: Pixels, share: number, sign: number) => brightness(image, 1 + sign * share * .9),
  sharpness: (image: Pixels, share: number, sign: number) => sharpness(image, 1 + sign * share * .9),
  posterize: (image: Pixels, share: number) => posterize(image, Math.round(8 - 4 * share)),
  solarize: (image: Pixels, share: number) => solarize(image, 256 - 256 * share),
  autoContrast,
  equalize,
  invert,
};

/** An operation, its probability and its level. */
type PolicyStep = readonly [Operation, number, number];

/** The pairs of the policy. */
export const CIFAR_POLICY: readonly (readonly [PolicyStep, PolicyStep])[] = [
  [["invert", .1, 7], ["contrast", .2, 6]],
  [["rotate", .7, 2], ["translateX", .3, 9]],
  [["sharpness", .8, 1], ["sharpness", .9, 3]],
  [["shearY", .5, 8], ["translateY", .7, 9]],
  [["autoContrast", .5, 8], ["equalize", .9, 2]],
  [["shearY", .2, 7], ["posterize", .3, 7]],
  [["color", .4, 3], ["brightness", .6, 7]],
  [["sharpness", .3, 9], ["brightness", .7, 9]],
  [["equalize", .6, 5], ["equalize", .5, 1]],
  [["contrast", .6, 7], ["sharpness", .6, 5]],
  [["color", .7, 7], ["translateX", .5, 8]],
  [["equalize", .3, 7], ["autoContrast", .4, 8]],
  [["translateY", .4, 3], ["sharpness", .2, 6]],
  [["brightness", .9, 6], ["color", .2, 8]],
  [["solarize", .5, 2], ["invert", 0, 3]],
  [["equalize", .2, 0], ["autoContrast", .6, 0]],
  [["equalize", .2, 8], ["equalize", .6, 4]],
  [["color", .9, 9], ["equalize", .6, 6]],
  [["autoContrast", .8, 4], ["solarize", .2, 8]],
  [["brightness", .1, 3], ["color", .7, 0]],
  [["solarize", .4, 5], ["autoContrast", .9, 3]],
  [["translateY", .9, 9], ["translateY", .7, 9]],
  [["autoContrast", .9, 2], ["solarize", .8, 3]],
  [["equalize", .8, 8], ["invert", .1, 3]],
  [["translateY", .7, 9], ["autoContrast", .9, 1]],
];

/** Applies an operation at a level of 0 to 9; `sign` is -1 or 1, the direction where the operation has two. */
export function operate(image: Pixels, name: Operation, level: number, sign: number): void {
  OPERATIONS[name](image, level / LEVELS, sign);
}

/** Draws a pair of the policy and applies each operation with its probability. */
export function autoAugment(image: Pixels, draws: Draws): void {
  for (const [name, probability, level] of CIFAR_POLICY[draws.integer(CIFAR_POLICY.length)]) {
    const sign = draws.chance(.5) ? 1 : -1;
    if (draws.chance(probability)) operate(image, name, level, sign);
  }
}

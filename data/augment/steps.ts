import { autoAugment } from "./autoaugment.ts";
import { brightness, contrast, grayscale, saturation } from "./blend.ts";
import { gaussianBlur } from "./blur.ts";
import { mirror } from "./crop_flip.ts";
import { randomCutout } from "./cutout.ts";
import type { Draws } from "./draws.ts";
import type { Range } from "./frames.ts";
import { hue } from "./hue.ts";
import type { Pixels } from "./pixels.ts";

/** One augmentation and what it may draw; `p` is the probability that it is done at all. Ranges are drawn uniformly. */
export type Step =
  | { name: "flip"; p: number }
  | { name: "autoaugment-cifar" }
  /** Black squares, `length` wide, about uniform pixels. */
  | { name: "cutout"; holes: number; length: number }
  /** Factors in [max(0, 1 - x), 1 + x], hue in [-x, x] of the colour wheel; their order is drawn anew. */
  | { name: "color-jitter"; brightness: number; contrast: number; saturation: number; hue: number; p: number }
  | { name: "random-grayscale"; p: number }
  /** Standard deviation in pixels. */
  | { name: "gaussian-blur"; sigma: Range; p: number };

/** The function of each step, by its name. */
const APPLY: {
  [N in Step["name"]]: (image: Pixels, step: Extract<Step, { name: N }>, draws: Draws) => void;
} = {
  "flip": (image, { p }, draws) => {
    if (draws.chance(p)) mirror(image);
  },
  "autoaugment-cifar": (image, _, draws) => autoAugment(image, draws),
  "cutout": (image, { holes, length }, draws) => randomCutout(image, holes, length, draws),
  "color-jitter": (image, step, draws) => {
    if (!draws.chance(step.p)) return;
    for (const change of draws.shuffle([...JITTERS])) change(image, step, draws);
  },
  "random-grayscale": (image, { p }, draws) => {
    if (draws.chance(p)) grayscale(image);
  },
  "gaussian-blur": (image, { sigma, p }, draws) => {
    if (draws.chance(p)) gaussianBlur(image, draws.uniform(...sigma));
  },
};

type Jitter = Extract<Step, { name: "color-jitter" }>;

const factor = (x: number, draws: Draws): number => draws.uniform(Math.max(0, 1 - x), 1 + x);

const JITTERS: readonly ((image: Pixels, step: Jitter, draws: Draws) => void)[] = [
  (image, step, draws) => step.brightness > 0 && brightness(image, factor(step.brightness, draws)),
  (image, step, draws) => step.contrast > 0 && contrast(image, factor(step.contrast, draws)),
  (image, step, draws) => step.saturation > 0 && saturation(image, factor(step.saturation, draws)),
  (image, step, draws) => step.hue > 0 && hue(image, draws.uniform(-step.hue, step.hue)),
];

/** Does the steps one after another, in place. */
export function augment(image: Pixels, steps: readonly Step[], draws: Draws): void {
  for (const step of steps) {
    // The table's type ties each name to its step; TypeScript cannot follow that through a union.
    (APPLY[step.name] as (image: Pixels, step: Step, draws: Draws) => void)(image, step, draws);
  }
}

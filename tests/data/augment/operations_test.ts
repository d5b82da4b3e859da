import { assertEquals } from "@std/assert";
import { rotate, shear, translate } from "../../../data/augment/affine.ts";
import { CIFAR_POLICY, operate } from "../../../data/augment/autoaugment.ts";
import { brightness, contrast, grayscale, saturation, sharpness } from "../../../data/augment/blend.ts";
import { gaussianBlur } from "../../../data/augment/blur.ts";
import { cropFlip, mirror } from "../../../data/augment/crop_flip.ts";
import { cutout } from "../../../data/augment/cutout.ts";
import { hue } from "../../../data/augment/hue.ts";
import type { Pixels } from "../../../data/augment/pixels.ts";
import { resizedCrop } from "../../../data/augment/resize.ts";
import { autoContrast, equalize, invert, posterize, solarize } from "../../../data/augment/tables.ts";
import fixture from "../../fixtures/data/augment.json" with { type: "json" };
import { sha256 } from "../helpers.ts";

// deno-lint-ignore no-explicit-any
const OPERATIONS: Record<string, (image: Pixels, ...args: any[]) => void> = {
  cropFlip: (image, dy, dx, flip) => cropFlip(copyOf(image), image, { dy, dx, flip }),
  resizedCrop: (image, top, left, height, width) =>
    resizedCrop(copyOf(image), image, { top, left, height, width }),
  flip: mirror,
  translate: (image, dx, dy) => translate(image, dx, dy, 128),
  shear: (image, x, y) => shear(image, x, y, 128),
  rotate: (image, degrees) => rotate(image, degrees, 128),
  ...{
    invert,
    posterize,
    solarize,
    autoContrast,
    equalize,
    brightness,
    contrast,
    saturation,
    hue,
    sharpness,
  },
  ...{ grayscale, gaussianBlur, cutout },
};

const copyOf = (image: Pixels): Pixels => ({ ...image, data: image.data.slice() });

function imageOf(name: string): Pixels {
  const { height, width, channels, pixels } = fixture.images.find((image) => image.name === name)!;
  return { data: Uint8Array.fromBase64(pixels), height, width, channels };
}

/** How the pixels differ, or an empty string. */
function differences({ data, width, channels }: Pixels, expected: Uint8Array): string {
  const wrong = Array.from(data.keys()).filter((i) => data[i] !== expected[i]);
  if (wrong.length === 0) return "";
  const distance = (i: number): number => Math.abs(data[i] - expected[i]);
  const worst = wrong.reduce((a, b) => distance(b) > distance(a) ? b : a);
  const [y, x, c] = [
    Math.floor(worst / channels / width),
    Math.floor(worst / channels) % width,
    worst % channels,
  ];
  return `${wrong.length} of ${data.length} values differ, most at row ${y}, column ${x}, channel ${c}: ` +
    `${data[worst]} for ${expected[worst]}`;
}

for (const name of new Set(fixture.cases.map(({ operation }) => operation))) {
  Deno.test(`${name} gives the pixels of PIL and torchvision`, () => {
    const wrong: string[] = [];
    for (const { operation, image, arguments: args, pixels } of fixture.cases) {
      if (operation !== name) continue;
      const changed = imageOf(image);
      OPERATIONS[name](changed, ...args);
      const difference = differences(changed, Uint8Array.fromBase64(pixels));
      if (difference) wrong.push(`${name}(${[image, ...args].join(", ")}): ${difference}`);
    }
    assertEquals(wrong, []);
  });
}

Deno.test("every operation has cases", () => {
  const covered = new Set(fixture.cases.map(({ operation }) => operation));
  assertEquals(Object.keys(OPERATIONS).filter((name) => !covered.has(name)), []);
});

Deno.test("hue turns colours all over the cube as PIL does", () => {
  const levels = Array.from({ length: 43 }, (_, i) => 6 * i);
  const colours = levels.flatMap((r) => levels.flatMap((g) => levels.flatMap((b) => [r, g, b])));
  for (const { shift, sha256: expected } of fixture.hues) {
    const image = { data: Uint8Array.from(colours), height: 43, width: 43 * 43, channels: 3 };
    hue(image, shift);
    assertEquals(sha256(image.data), expected, `hue ${shift}`);
  }
});

Deno.test("AutoAugment's policy is torchvision's, and every pair of operations gives PIL's pixels", () => {
  assertEquals(CIFAR_POLICY.length, fixture.pairs.length);
  CIFAR_POLICY.forEach((pair, i) => {
    const { operations, forward, backward } = fixture.pairs[i];
    pair.forEach(([name, probability, level], j) => {
      // torchvision names no level where it means nothing.
      assertEquals([name, probability, operations[j][2] === null ? null : level], operations[j]);
    });
    for (const [sign, expected] of [[1, forward], [-1, backward]] as const) {
      const image = imageOf("photo");
      for (const [name, , level] of pair) operate(image, name, level, sign);
      assertEquals(sha256(image.data), expected, `pair ${i}, ${JSON.stringify(pair)}, direction ${sign}`);
    }
  });
});

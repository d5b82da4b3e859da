import { assertEquals } from "@std/assert";
import { brightness, contrast, saturation } from "../../../data/augment/blend.ts";
import { centreCrop, cropFlip } from "../../../data/augment/crop_flip.ts";
import type { Pixels } from "../../../data/augment/pixels.ts";
import { resizedCrop } from "../../../data/augment/resize.ts";
import { resized, shorterSideSize } from "../../../data/augment/shorter_side.ts";
import { weightsOf } from "../../../data/augment/weights.ts";
import fixture from "../../fixtures/data/geometry.json" with { type: "json" };

const CHANGES = { brightness, contrast, saturation };

/** By name: fills the target, which already has its size, from the image. */
// deno-lint-ignore no-explicit-any
const OPERATIONS: Record<string, (image: Pixels, target: Pixels, ...args: any[]) => void> = {
  shorterSide: (image, target, size) => target.data.set(resized(image, shorterSideSize(image, size)).data),
  centreCrop: (image, target) => centreCrop(image, target),
  crop: (image, target, pad, top, left, _height, _width, flip) =>
    cropFlip(image, target, { dy: top - pad, dx: left - pad, flip }),
  resizedCrop: (image, target, top, left, height, width) =>
    resizedCrop(image, target, { top, left, height, width }),
  jitter: (image, target, ...changes: [keyof typeof CHANGES, number][]) => {
    target.data.set(image.data);
    for (const [name, factor] of changes) CHANGES[name](target, factor);
  },
};

const images = new Map(fixture.images.map(({ name, height, width, channels, pixels }) => [
  name,
  (): Pixels => ({ data: Uint8Array.fromBase64(pixels), height, width, channels }),
]));

for (const name of Object.keys(OPERATIONS)) {
  Deno.test(`${name} gives the pixels of torchvision, from one size to another`, () => {
    const cases = fixture.cases.filter(({ operation }) => operation === name);
    const wrong = cases.filter(({ image, arguments: args, height, width, pixels }) => {
      const source = images.get(image)!();
      const { channels } = source;
      const data = new Uint8Array(height * width * channels).fill(99); // all of it is to be written
      OPERATIONS[name](source, { data, height, width, channels }, ...args);
      if (name === "shorterSide") {
        assertEquals(shorterSideSize(source, args[0] as number), { height, width });
      }
      return data.toBase64() !== pixels;
    });
    assertEquals(wrong.map(({ image, arguments: args }) => `${image} ${JSON.stringify(args)}`), []);
    assertEquals(cases.length >= 5, true);
  });
}

Deno.test("weights of one length are never taken for those of another, however long, kept or made anew", () => {
  for (
    const [extent, to] of [[1, 65541], [2, 5], [2.5, 5], [70_000, 70_001], [65_536, 1], [1, 65541], [2, 5]]
  ) {
    const { taps, first, weights } = weightsOf(extent, to);
    assertEquals([first.length, weights.length], [to, taps * to]);
    for (let i = 0; i < to; i += 1009) {
      const sum = weights.subarray(i * taps, (i + 1) * taps).reduce((a, b) => a + b);
      assertEquals(Math.abs(sum - 2 ** 22) <= taps, true, `${extent} to ${to}, place ${i}: ${sum}`);
    }
  }
});

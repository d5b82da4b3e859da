import { assert, assertEquals } from "@std/assert";
import { autoAugment, CIFAR_POLICY, operate } from "../../../data/augment/autoaugment.ts";
import { Draws } from "../../../data/augment/draws.ts";
import type { Pixels } from "../../../data/augment/pixels.ts";
import { drawCrop } from "../../../data/augment/resize.ts";
import { augment, type Step } from "../../../data/augment/steps.ts";
import { hash32 } from "../../../data/mod.ts";
import { patternSet, sha256 } from "../helpers.ts";

const pattern = patternSet(1, 18, 16).images;
const picture = (): Pixels => ({ data: pattern.slice(), height: 18, width: 16, channels: 3 });

/** The image after one step, drawn for a key. */
function after(step: Step, key: number, image: Pixels = picture()): Pixels {
  augment(image, [step], new Draws(hash32(11, key)));
  return image;
}

/** Whether a count of n draws of this probability is within five standard deviations. */
function assertShare(count: number, n: number, probability: number, what: string): void {
  const spread = 5 * Math.sqrt(n * probability * (1 - probability));
  assert(Math.abs(count - n * probability) <= spread, `${what}: ${count} of ${n} for ${probability}`);
}

function assertMean(values: number[], least: number, most: number, what: string): void {
  assert(values.every((value) => value >= least && value <= most), `${what}: out of range`);
  const mean = values.reduce((a, b) => a + b) / values.length;
  // Uniform: variance a twelfth of the range squared, five standard deviations.
  const spread = 5 * (most - least) / Math.sqrt(12 * values.length);
  assert(Math.abs(mean - (least + most) / 2) < spread, `${what}: mean ${mean}`);
}

Deno.test("each step with a probability changes so many images", () => {
  const steps: Step[] = [
    { name: "flip", p: .5 },
    { name: "color-jitter", brightness: .4, contrast: .4, saturation: .4, hue: .1, p: .8 },
    { name: "random-grayscale", p: .2 },
    { name: "gaussian-blur", sigma: [.5, 2], p: .5 },
  ];
  const n = 1000;
  for (const step of steps) {
    let changed = 0;
    for (let key = 0; key < n; key++) {
      changed += Number(after(step, key).data.some((v, i) => v !== pattern[i]));
    }
    assertShare(changed, n, (step as { p: number }).p, step.name);
    assertEquals(after({ ...step, p: 0 } as Step, 1).data, pattern, step.name);
  }
});

Deno.test("autoaugment-cifar draws the pairs evenly, their operations as often as they say, in both directions", () => {
  // Every outcome with its probability, told by its pixels.
  const expected = new Map<string, number>();
  for (const [[first, p, level], [second, q, level2]] of CIFAR_POLICY) {
    for (const [doFirst, sign] of [[false, 1], [true, 1], [true, -1]] as const) {
      for (const [doSecond, sign2] of [[false, 1], [true, 1], [true, -1]] as const) {
        const image = picture();
        if (doFirst) operate(image, first, level, sign);
        if (doSecond) operate(image, second, level2, sign2);
        const share = (doFirst ? p / 2 : 1 - p) * (doSecond ? q / 2 : 1 - q) / CIFAR_POLICY.length;
        const key = sha256(image.data);
        expected.set(key, (expected.get(key) ?? 0) + share);
      }
    }
  }
  const n = 6000;
  const seen = new Map<string, number>();
  for (let i = 0; i < n; i++) {
    const image = picture();
    autoAugment(image, new Draws(hash32(12, i)));
    const key = sha256(image.data);
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  assertEquals([...seen.keys()].filter((key) => !expected.has(key)), []);
  for (const [key, share] of expected) {
    const count = seen.get(key) ?? 0;
    // Poisson for the rare ones, so a little more than five standard deviations.
    assert(
      Math.abs(count - share * n) < 5 * Math.sqrt(share * n) + 5,
      `${count} of ${n} for probability ${share}`,
    );
  }
});

Deno.test("color-jitter draws factors from max(0, 1 - x) to 1 + x, and the hue from -x to x", () => {
  const none = { name: "color-jitter", brightness: 0, contrast: 0, saturation: 0, hue: 0, p: 1 } as const;
  const n = 2000;
  const levels = (step: Step, colour: [number, number, number]): number[][] =>
    Array.from({ length: n }, (_, key) => {
      const image = { data: Uint8Array.of(...colour), height: 1, width: 1, channels: 3 };
      return Array.from(after(step, key, image).data);
    });
  const brightness = levels({ ...none, brightness: .4 }, [150, 150, 150]).map(([r]) => r + .5);
  assertMean(brightness, 90, 210, "brightness");
  const wide = levels({ ...none, brightness: 1.5 }, [100, 100, 100]).map(([r]) => r + .5);
  assertMean(wide, 0, 251, "brightness above 1");
  // Grey 100 for R = 172: each factor moves R by 72 times its distance from 1.
  const saturation = levels({ ...none, saturation: .4 }, [172, 66, 86]).map(([r]) => r + .5);
  assertMean(saturation, 143, 201.3, "saturation");
  // Red turns towards yellow and towards magenta as often.
  const yellow = levels({ ...none, hue: .1 }, [250, 0, 0]).filter(([, g, b]) => g > b).length;
  assertShare(yellow, n, .5, "hue");
  assertEquals(levels(none, [1, 2, 3])[0], [1, 2, 3]);
});

Deno.test("color-jitter draws the order of its changes anew", () => {
  // Of black and 200: made brighter first, the lighter one ends at 255 and less contrast keeps the sum; less contrast
  // first, and then both grow, past that sum.
  const step: Step = { name: "color-jitter", brightness: 1, contrast: 1, saturation: 0, hue: 0, p: 1 };
  let brighterFirst = 0, contrastFirst = 0;
  for (let key = 0; key < 1000; key++) {
    const image = { data: Uint8Array.of(0, 200), height: 1, width: 2, channels: 1 };
    const [dark, light] = after(step, key, image).data;
    if (dark > 0 && dark + light > 257) contrastFirst++;
    if (dark > 0 && light < 250 && Math.abs(dark + light - 254) <= 2) brighterFirst++;
  }
  assert(brighterFirst > 50 && contrastFirst > 50, `${brighterFirst} and ${contrastFirst} of 1000`);
});

Deno.test("random-resized-crop draws area and ratio over their ranges, anywhere in the image", () => {
  const image = { data: new Uint8Array(), height: 400, width: 400, channels: 1 };
  const n = 4000;
  const crops = Array.from(
    { length: n },
    (_, i) => drawCrop(image, [.2, .5], [3 / 4, 4 / 3], new Draws(hash32(5, i))),
  );
  assertMean(crops.map(({ height, width }) => height * width / 160_000), .199, .501, "area");
  assertMean(crops.map(({ height, width }) => Math.log(width / height)), -.294, .294, "log ratio");
  assertMean(crops.map(({ top, height }) => top / (400 - height)), 0, 1, "top");
  assertMean(crops.map(({ left, width }) => left / (400 - width)), 0, 1, "left");
});

Deno.test("random-resized-crop takes the middle of an image that no drawn part fits into", () => {
  const crop = (height: number, width: number): number[] => {
    const image = { data: new Uint8Array(), height, width, channels: 1 };
    const { top, left, ...size } = drawCrop(image, [1, 1], [3 / 4, 4 / 3], new Draws(1));
    return [top, left, size.height, size.width];
  };
  assertEquals(crop(3, 30), [0, 13, 3, 4]);
  assertEquals(crop(30, 3), [13, 0, 4, 3]);
});

Deno.test("cutout blackens a square about a uniform pixel, clipped at the border", () => {
  const step: Step = { name: "cutout", holes: 1, length: 8 };
  const n = 3000;
  let black = 0;
  for (let key = 0; key < n; key++) {
    const image = { data: new Uint8Array(32 * 32).fill(9), height: 32, width: 32, channels: 1 };
    black += after(step, key, image).data.filter((value) => value === 0).length;
  }
  // Rows of a square about row y: 4 above it and 4 from it on, as far as there are.
  const rows = Array.from({ length: 32 }, (_, y) => Math.min(32, y + 4) - Math.max(0, y - 4));
  const mean = rows.reduce((a, b) => a + b) / 32;
  // The area's standard deviation is below 12 of 64 pixels.
  assert(Math.abs(black / n - mean ** 2) < 5 * 12 / Math.sqrt(n), `${black / n} for ${mean ** 2}`);
  const two = after({ name: "cutout", holes: 2, length: 2 }, 3, {
    data: new Uint8Array(32 * 32).fill(9),
    height: 32,
    width: 32,
    channels: 1,
  });
  assertEquals(two.data.filter((value) => value === 0).length, 8);
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  centreCrop,
  type CropFlip,
  cropFlip,
  drawCropFlip,
  type Size,
} from "../../../data/augment/crop_flip.ts";
import { Draws } from "../../../data/augment/draws.ts";
import type { Pixels } from "../../../data/augment/pixels.ts";
import { hash32 } from "../../../data/mod.ts";
import { patternSet } from "../helpers.ts";

/** The formula at the head of crop_flip.ts, read a pixel at a time. */
function reference(
  { data, height, width, channels }: Pixels,
  size: Size,
  { dy, dx, flip }: CropFlip,
): number[] {
  const out: number[] = [];
  for (let r = 0; r < size.height; r++) {
    for (let c = 0; c < size.width; c++) {
      const y = r + dy;
      const x = (flip ? size.width - 1 - c : c) + dx;
      for (let k = 0; k < channels; k++) {
        const inside = y >= 0 && y < height && x >= 0 && x < width;
        out.push(inside ? data[(y * width + x) * channels + k] : 0);
      }
    }
  }
  return out;
}

Deno.test("cropFlip equals the formula for every offset, mirrored or not, grey or colour", () => {
  for (const channels of [1, 3]) {
    const { images, height, width } = patternSet(1, 5, 7, channels);
    const source: Pixels = { data: images, height, width, channels };
    for (const size of [{ height, width }, { height: 3, width: 4 }, { height: 6, width: 9 }]) {
      for (const flip of [false, true]) {
        for (let dy = -8; dy <= 8; dy++) {
          for (let dx = -8; dx <= 8; dx++) { // up to past the image: all black
            const target = newTarget(size, channels);
            cropFlip(source, target, { dy, dx, flip });
            assertEquals(Array.from(target.data), reference(source, size, { dy, dx, flip }));
          }
        }
      }
    }
  }
});

/** Not black, so that what is left out shows. */
function newTarget(size: Size, channels: number): Pixels {
  return { ...size, channels, data: new Uint8Array(size.height * size.width * channels).fill(7) };
}

const square: Size = { height: 32, width: 32 };

const draw = (pad: number, flip: boolean, ...key: number[]): CropFlip =>
  drawCropFlip(square, square, pad, flip, new Draws(hash32(...key)));

Deno.test("drawCropFlip draws every part of a larger image, and refuses a target that does not fit", () => {
  const source = { height: 5, width: 9 }, target = { height: 4, width: 4 };
  const seen = new Set<string>();
  for (let key = 0; key < 500; key++) {
    const { dy, dx } = drawCropFlip(source, target, 1, false, new Draws(hash32(key)));
    seen.add(`${dy} ${dx}`);
    assert(dy >= -1 && dy <= 2 && dx >= -1 && dx <= 6);
  }
  assertEquals(seen.size, 4 * 8);
  assertThrows(
    () => drawCropFlip(source, { height: 8, width: 4 }, 1, false, new Draws(0)),
    RangeError,
    "Cannot crop 4 x 8 pixels: it takes an image of that size or more, with 1 pixels added on each side, current image has 9 x 5",
  );
});

Deno.test("centreCrop takes the middle as torchvision rounds it", () => {
  // round((height - part) / 2) in Python, halves to the even number.
  for (const [height, part, first] of [[9, 4, 2], [7, 4, 2], [5, 4, 0], [6, 4, 1], [4, 4, 0]]) {
    const source = {
      data: Uint8Array.from({ length: height }, (_, i) => i + 1),
      height,
      width: 1,
      channels: 1,
    };
    const target = newTarget({ height: part, width: 1 }, 1);
    centreCrop(source, target);
    assertEquals(Array.from(target.data), Array.from({ length: part }, (_, i) => first + i + 1));
  }
});

Deno.test("drawCropFlip draws every offset as often and mirrors half of the images", () => {
  const n = 40_500; // 500 for each of the 81 offsets
  const seen = new Map<string, number>();
  let flips = 0;
  for (let index = 0; index < n; index++) {
    const { dy, dx, flip } = draw(4, true, 3, 1, index);
    seen.set(`${dy} ${dx}`, (seen.get(`${dy} ${dx}`) ?? 0) + 1);
    flips += Number(flip);
  }
  assertEquals(seen.size, 81);
  for (const dy of [-4, 4]) for (const dx of [-4, 4]) assert(seen.has(`${dy} ${dx}`));
  // Chi-squared with 80 degrees of freedom: 80 on average, standard deviation sqrt(160) = 12.6; five of them.
  const chi = seen.values().reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
  assert(chi > 80 - 64 && chi < 80 + 64, `chi-squared ${chi}`);
  assert(Math.abs(flips - n / 2) < 2.5 * Math.sqrt(n), `${flips} flips`); // five standard deviations
});

Deno.test("drawCropFlip mirrors independently of the offset, and anew in each view and seed", () => {
  const draws = (seed: number, view: number): CropFlip[] =>
    Array.from({ length: 2000 }, (_, i) => draw(4, true, seed, view, i));
  const centred = draws(0, 0).filter(({ dx }) => dx < 0);
  const share = centred.filter(({ flip }) => flip).length / centred.length;
  assert(Math.abs(share - .5) < 2.5 / Math.sqrt(centred.length), `${share}`);
  for (const other of [draws(0, 1), draws(1, 0)]) {
    const equal = draws(0, 0).filter(({ dy, dx, flip }, i) =>
      dy === other[i].dy && dx === other[i].dx && flip === other[i].flip
    ).length;
    assert(equal < 2000 / 162 + 5 * Math.sqrt(2000 / 162), `${equal} of 2000 draws equal`);
  }
});

Deno.test("drawCropFlip without padding or mirroring leaves the image alone", () => {
  for (let index = 0; index < 50; index++) {
    assertEquals(draw(0, false, 0, 0, index), { dy: 0, dx: 0, flip: false });
  }
});

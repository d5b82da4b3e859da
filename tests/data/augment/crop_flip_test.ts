import { assert, assertEquals } from "@std/assert";
import { type CropFlip, cropFlip, drawCropFlip } from "../../../data/augment/crop_flip.ts";
import { Draws } from "../../../data/augment/draws.ts";
import type { Pixels } from "../../../data/augment/pixels.ts";
import { hash32 } from "../../../data/mod.ts";
import { patternSet } from "../helpers.ts";

/** The formula at the head of crop_flip.ts, read a pixel at a time. */
function reference({ data, height, width, channels }: Pixels, { dy, dx, flip }: CropFlip): number[] {
  const out: number[] = [];
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const y = r + dy;
      const x = (flip ? width - 1 - c : c) + dx;
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
    for (const flip of [false, true]) {
      for (let dy = -8; dy <= 8; dy++) {
        for (let dx = -8; dx <= 8; dx++) { // up to past the image: all black
          const image: Pixels = { data: images.slice(), height, width, channels };
          const expected = reference(image, { dy, dx, flip });
          cropFlip(image, { dy, dx, flip });
          assertEquals(Array.from(image.data), expected);
        }
      }
    }
  }
});

const draw = (pad: number, flip: boolean, ...key: number[]): CropFlip =>
  drawCropFlip(pad, flip, new Draws(hash32(...key)));

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

// What a plan of f16 precision stores, in every way that kernels store it: 4-vectors and single numbers in buffers, and
// texels.

import { assertEquals } from "@std/assert";
import { input } from "../../../engine/graph/source.ts";
import { ofHalf } from "../../half.ts";
import { deviceOf, evaluate, FAMILIES } from "../families.ts";
import { inTexture } from "../in_texture.ts";

// Numbers of f16, the largest and the least with all digits among them; and what is none of them: to infinity, for a scaled loss shows
// by it that it overflowed, and to zero.
const given = [
  1,
  -0.333251953125,
  65_504,
  -65_504,
  2 ** -14,
  -(2 ** -14),
  65_536,
  -1e6,
  Infinity,
  NaN,
  2 ** -26,
];
const stored = [...given.slice(0, 6), Infinity, -Infinity, Infinity, NaN, 0];

for (const family of FAMILIES) {
  for (const channels of [1, 3, 4, 8]) {
    Deno.test({
      ...ofHalf(`f16 holds what fits, and infinity for what is larger, [11, ${channels}], ${family}`),
      fn: async () => {
        const x = input("x", [given.length, channels]);
        const values = Float32Array.from({ length: x.size }, (_, i) => given[i % given.length]);
        const outputs = { y: inTexture(inTexture(x)) };
        const { y } = await evaluate(await deviceOf(family), outputs, new Map([[x, values]]), "f16");
        assertEquals([...y], Array.from(values, (_, i) => stored[i % given.length]));
      },
    });
  }
}

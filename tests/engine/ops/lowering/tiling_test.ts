import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { input } from "../../../../engine/graph/source.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { conv2d } from "../../../../engine/ops/conv/conv2d.ts";
import { isInVectors } from "../../../../engine/ops/conv/kernels/filters_grad_tile.ts";
import { lengthsOf, type Product, type Tile } from "../../../../engine/ops/lowering/tile.ts";
import { cyclesOf, stepOf } from "../../../../engine/ops/lowering/tile_cost.ts";
import { partOf, partOfStaged, placesOf, tilesOf } from "../../../../engine/ops/lowering/tiling.ts";
import { sum } from "../../../../engine/ops/reduce/sum.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import { ofHalf } from "../../../half.ts";
import { deviceOf, kernelsOf } from "../../families.ts";

/** Lengths from one value to those of large layers. */
const products: fc.Arbitrary<Product> = fc.record({
  rows: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 400_000 })),
  cols: fc.oneof(fc.integer({ min: 1, max: 33 }), fc.integer({ min: 1, max: 1024 })),
  inner: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 30_000 })),
  count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 64 })),
});

Deno.test("tiles of drawn products fit what adapters have, and leave no value out", () => {
  const drawn = fc.record({ product: products, bytes: fc.constantFrom(16384, 32768, 49152) });
  fc.assert(fc.property(drawn, ({ product, bytes }) => {
    for (const suits of [undefined, isInVectors]) {
      const tiles = tilesOf(product, 1, bytes, suits);
      assert(tiles.length >= 1 && tiles.length <= 5);
      assertEquals(new Set(tiles.map((tile) => JSON.stringify(tile))).size, tiles.length);
      for (const tile of tiles) {
        const { threads, rows, cols, rowLoads, colLoads, bytes: taken } = lengthsOf(tile);
        assert(threads >= 64 && threads <= 256 && taken <= bytes);
        // The shaders stage with these: rows exchange places in eights, an invocation keeps to one place of each operand.
        assert(rows % 8 === 0 && threads % tile.depth === 0 && threads % cols === 0);
        assert(rowLoads * threads >= rows * tile.depth && colLoads * threads >= cols * 4 * tile.depth);
        if (suits) assert(tile.threadRows % 4 === 0 && threads % (rows / 4) === 0);
        // A body that compilers unroll has at most 256 multiply-adds of numbers.
        assert(tile.threadRows * tile.threadCols * 16 <= 256);
      }
      const [first, ...others] = tiles.map((tile) => cyclesOf(tile, product, 1));
      assert(others.every((cycles) => cycles >= first && cycles <= 2 * first));
    }
  }));
});

Deno.test("parts of drawn products begin where a stage of every depth may begin, and stay short", () => {
  fc.assert(fc.property(products, (product) => {
    const least = (sums: number) =>
      Math.floor(2 ** 26 / (product.rows * product.cols * product.count * 16)) / sums;
    for (const [part, longest] of [[partOf(product), 8192], [partOfStaged(product, isInVectors), 1024]]) {
      assert(part % 8 === 0);
      const parts = Math.ceil(product.inner / part);
      assert(parts === 1 || least(parts) >= 1, `${parts} parts`);
      assert(part <= longest || least(parts + 1) < 1, `a part of ${part}`);
    }
  }));
});

Deno.test("products with workgroups enough are not cut, small ones with long sums are", () => {
  const partsOf = (product: Product) => Math.ceil(product.inner / partOf(product));
  assertEquals(partsOf({ rows: 4096, cols: 1024, inner: 1024, count: 1 }), 1);
  assertEquals(partsOf({ rows: 131_072, cols: 4, inner: 36, count: 1 }), 1);
  assertEquals(partsOf({ rows: 128, cols: 25, inner: 16, count: 1 }), 1);
  assert(partsOf({ rows: 32 * 49, cols: 128, inner: 1152, count: 1 }) > 1);
  assert(partsOf({ rows: 49, cols: 16, inner: 1152, count: 1 }) > 4);
  assertEquals(partsOf({ rows: 1024 * 49, cols: 16, inner: 1152, count: 1 }), 1);
});

Deno.test("large layers have tiles of 64 sums to an invocation, small ones have more workgroups", () => {
  const first = (rows: number, cols: number, inner: number, bytes = 16384) =>
    tilesOf({ rows, cols, inner, count: 1 }, 1, bytes)[0];
  const sums = ({ threadRows, threadCols }: Tile) => 4 * threadRows * threadCols;
  assertEquals(sums(first(4096, 1024, 1024)), 64);
  assertEquals(sums(first(32 * 56 * 56, 16, 144)), 64);
  assert(sums(first(128 * 64, 16, 144)) < 64);
  assert(stepOf(first(4096, 1024, 1024)).resident >= 2);
});

Deno.test("in f16 a tile of half sectors costs what one of whole sectors does, and is deeper", () => {
  const half = { left: 2, right: 2 };
  const tile = { threadsX: 8, threadsY: 8, threadRows: 8, threadCols: 1, depth: 2 };
  const fetched = (depth: number, numbers?: typeof half) => stepOf({ ...tile, depth }, numbers).cache / depth;
  assertEquals(fetched(4, half), fetched(4) / 2);
  // 64 rows of 16 bytes are fetched as 32, as in f32; 8 rows of the right operand have 64 bytes, not 128.
  assertEquals(fetched(2, half) / fetched(2), (64 * 32 + 8 * 64) / (64 * 32 + 8 * 128));
  fc.assert(fc.property(products, (product) => {
    const cycles = (tile: Tile) => cyclesOf(tile, product, 1, half);
    assert(cycles(tilesOf(product, 1, 16384, undefined, half)[0]) <= cycles(tilesOf(product, 1, 16384)[0]));
  }));
});

const DEEPER = ofHalf("a convolution of ResNet-32 stages twice as much at once in a plan of f16");

Deno.test({
  ...DEEPER,
  fn: async () => {
    const device = await deviceOf("tile");
    const weight = input("w", [16, 3, 3, 16]);
    const x = input("x", [128, 32, 32, 16]);
    const depths = async (precision: "f32" | "f16") => {
      const y = sum(conv2d(relu(conv2d(x, weight, { padding: 1 })), weight, { padding: 1 }));
      using plan = await Plan.make(device, { outputs: { y }, precision });
      return kernelsOf(plan.steps).flatMap(({ defines }) => defines?.DEPTH ?? []);
    };
    // The images that a plan is given are in f32; their rows of 8 numbers are a sector.
    assertEquals(await depths("f32"), [2, 2]);
    assertEquals(await depths("f16"), [2, 4]);
  },
});

Deno.test("invocations of drawn tiles take one place each, and of 16 neighbours 4 meet at each", () => {
  fc.assert(fc.property(products, (product) => {
    for (const tile of tilesOf(product, 1, 32768)) {
      // The text is JavaScript, too, but for the type of its numbers.
      const text = placesOf(tile).replaceAll(/\b(\d+)u\b/g, "$1");
      const place = new Function("thread", `${text} return x + ${tile.threadsX} * y;`);
      const threads = tile.threadsX * tile.threadsY;
      const places = Array.from({ length: threads }, (_, thread) => place(thread) as number);
      assertEquals(places.toSorted((a, b) => a - b), Array.from({ length: threads }, (_, i) => i));
      if (tile.threadsX < 4 || tile.threadsY < 4) continue;
      for (let from = 0; from < threads; from += 16) {
        const half = places.slice(from, from + 16);
        assertEquals(new Set(half.map((at) => at % tile.threadsX)).size, 4);
        assertEquals(new Set(half.map((at) => Math.floor(at / tile.threadsX))).size, 4);
      }
    }
  }));
});

Deno.test("places of staged vectors and of those read lie in different banks", () => {
  for (const depth of [1, 2, 4, 8]) {
    const turned = (row: number, deep: number) => row ^ (deep * (8 / depth));
    // Eight neighbours store DEPTH vectors of rows; workgroup memory takes eight vectors at once.
    for (let from = 0; from < 64; from += 8) {
      const banks = Array.from({ length: 8 }, (_, i) => from + i).map((thread) => {
        const [row, deep] = [Math.floor(thread / depth), thread % depth];
        return (deep * 64 + turned(row, deep)) % 8;
      });
      assertEquals(new Set(banks).size, 8, `depth ${depth}`);
    }
  }
});

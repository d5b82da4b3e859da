import { assert, assertEquals } from "@std/assert";
import { modelTable, predictionsOf, WORKLOADS } from "../../../bench/kernels/tile_model.ts";
import { GPU } from "../../../engine/ops/lowering/tile_cost.ts";

Deno.test("the model of the tile kernels promises no more than the GPU has", () => {
  const all = Object.values(WORKLOADS).flat().flatMap(predictionsOf);
  assert(all.length > 30);
  for (const { layer, share, us, memoryBytes, cacheBytes, registers, subgroups, parts, kernel } of all) {
    assert(share > 0.05 && share < 0.9, `${kernel} ${layer}: ${share} of the peak`);
    assert(registers <= 255 && subgroups <= GPU.subgroups, `${kernel} ${layer}: ${registers} registers`);
    assert(cacheBytes / GPU.cache <= us * 1e-6, `${kernel} ${layer}: more than the cache has`);
    // Sums of parts stay in the cache.
    if (parts === 1) {
      assert(memoryBytes / GPU.memory <= us * 1e-6, `${kernel} ${layer}: more than memory has`);
    }
  }
});

Deno.test("the model knows as many multiply-adds as networks have", () => {
  const forward = (name: string) =>
    WORKLOADS[name].flatMap(predictionsOf).filter(({ kernel }) => kernel === "conv2d")
      .reduce((sum, { products, times }) => sum + products * times, 0);
  // 69 million of an image of ResNet-32; of ResNet-50 3.8 to 4.1 thousand million with its shortcuts, which are left out.
  assert(Math.abs(forward("ResNet-32, batch 128") / 128 / 69e6 - 1) < 0.02);
  assert(Math.abs(forward("ResNet-50, batch 32") / 32 / 3.8e9 - 1) < 0.05);
});

Deno.test("the table has a line for each kernel of a layer", () => {
  const [head, ...lines] = modelTable(WORKLOADS["products"]).split("\n");
  assertEquals(lines.length, 2);
  assert(head.startsWith("kernel") && lines[0].includes("4096 cubed") && lines[0].endsWith("%"));
});

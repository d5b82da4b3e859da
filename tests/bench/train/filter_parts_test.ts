import { assert, assertEquals } from "@std/assert";
import { filterParts } from "../../../bench/train/filter_parts.ts";
import { Device } from "../../../engine/mod.ts";

Deno.test("partial sums of gradients by filters wait in 64 MiB at most, however large the batch", async () => {
  for (const family of ["lane", "tile"] as const) {
    using device = await Device.open({ family });
    const job = { network: "resnet50", batch: 512, side: 224, classes: 1000 };
    const { layers, all, largest, waiting } = filterParts(device, job);
    assertEquals(layers, 53);
    assert(largest <= waiting && waiting <= 64 * 2 ** 20, `${family}: ${waiting} bytes wait`);
    assert(all > waiting, "all layers wait together");
  }
});

Deno.test("the partial sums of a small step are those of its layers", async () => {
  using device = await Device.open({ family: "lane" });
  const { layers, parts, all } = filterParts(device, { network: "resnet8", batch: 2, side: 32 });
  // A layer has its weight's numbers, its channels up to a multiple of 4, once for each part.
  const weights = 4 * (9 * (4 * 16 + 2 * 16 * 16 + 16 * 32 + 32 * 32 + 32 * 64 + 64 * 64));
  assertEquals(layers, 7);
  assert(parts >= 1 && all >= weights && all <= parts * weights);
});

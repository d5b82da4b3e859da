// Saved work whose weights or statistics are not as long as the network's is refused before a run begins.

import { assertEquals, assertThrows } from "@std/assert";
import { nameOf, networkOf, type Tensor } from "../../../engine/mod.ts";
import { newImageSet } from "../../../data/mod.ts";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { loadConfig } from "../../../train/config/load.ts";
import { MemoryRows } from "../../../train/features/memory.ts";
import { newWork } from "../../../train/saved/work.ts";
import { packWork, unpackWork } from "../../../train/saved/work_file.ts";
import type { Setup } from "../../../train/setup/setup.ts";

const network = networkOf("resnet8", { classes: 4, channels: 1 });
const images = newImageSet(2, 1, 1, 1, ["0", "1"]);
const stage1 = new Map([["w", Float32Array.of(1, 2)]]);
const setup = { network, stage1, train: images, dataset: { test: images } } as unknown as Setup;
const config = await loadConfig(null);
const { features, backbone: [weight], statistics: [mean], classifier: { tensors: [matrix] } } = network;

/** Writes and reads work. @param more Values that a tensor has more than the network's. */
function read(tensor: Tensor, more: number, place: "state" | "part") {
  const values = new Map([[nameOf(tensor), new Float32Array(tensor.size + more).fill(3)]]);
  const rows = new MemoryRows(features, new Float32Array(2 * features));
  const part = { name: "view 1", done: 1, rows, statistics: values };
  const work = place === "state" ? { ...newWork(), state: values } : { ...newWork(), part };
  return unpackWork(packWork(work, setup, config), setup, config, "the/run", finetuneConfig);
}

for (const tensor of [weight, mean, matrix]) {
  Deno.test(`work lengths: ${nameOf(tensor)} has the length that the network has it with`, () => {
    assertEquals(read(tensor, 0, "state").state?.get(nameOf(tensor))?.length, tensor.size);
    for (const more of [-1, 1, -tensor.size]) {
      const { message } = assertThrows(() => read(tensor, more, "state"), RangeError);
      const why = `it has ${tensor.size + more} values of ${nameOf(tensor)}, and the network ${tensor.size}`;
      assertEquals(
        message,
        `Cannot resume the/run: its work.safetensors is not what an interrupted run left: ${why}`,
      );
    }
  });
}

Deno.test("work lengths: so have the statistics of a pass that was cut off", () => {
  assertEquals(read(mean, 0, "part").part?.statistics?.size, 1);
  assertThrows(() => read(mean, -1, "part"), RangeError, `it has ${mean.size - 1} values of`);
});

import { assert, assertEquals } from "@std/assert";
import { Device, type Family, Plan } from "../../../engine/mod.ts";
import { trainingStep } from "../../../bench/train/training.ts";
import { FAMILIES, WITHOUT_SUBGROUPS } from "../families.ts";

// The last batch of an epoch is smaller: its plan compiles nothing, or only kernels whose tiles go by the batch, and its
// results do not depend on what ran before. Tiles go by the batch in products of the tile family and, without subgroups of 8 or more, in
// convolutions of the lane family whose images share filters.

/** Sizes of a batch, the larger first. */
const SIZES = [16, 11];

/** Weights, momenta and sums after two steps on a batch of this size, bit by bit. */
async function stateAfter(device: Device, batch: number): Promise<Uint32Array[]> {
  using step = trainingStep(device, { network: "resnet8", batch, side: 28, classes: 10 });
  using plan = await Plan.make(device, step.spec);
  for (let i = 0; i < 2; i++) plan.run(step.feeds);
  const states: Uint32Array[] = [];
  for (const { buffer, bytes } of step.spec.parameters ?? []) {
    states.push(new Uint32Array(await device.read(buffer, 0, bytes)));
  }
  return states;
}

for (const name of [...FAMILIES, WITHOUT_SUBGROUPS]) {
  Deno.test(`a step on a smaller batch compiles little or nothing, and comes to the same as on a fresh device, ${name}`, async () => {
    const family: Family = name === "tile" ? "tile" : "lane";
    const options = { family, subgroups: name !== WITHOUT_SUBGROUPS };
    await using device = await Device.open(options);
    const [large, small] = SIZES;
    await stateAfter(device, large);
    const compiled = device.pipelines.count;
    assert(compiled > 50, `a step takes ${compiled} pipelines`);
    const after = await stateAfter(device, small);
    const more = device.pipelines.count - compiled;
    const goByBatch = family === "tile" || device.subgroup < 8;
    assert(goByBatch ? more < compiled / 4 : more === 0, `${more} pipelines more than ${compiled}`);
    await using fresh = await Device.open(options);
    const alone = await stateAfter(fresh, small);
    assert(alone.length > 2 && alone.some((words) => words.some((word) => word !== 0)));
    assertEquals(after, alone);
  });
}

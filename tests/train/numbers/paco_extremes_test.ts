// PaCo at temperatures and weights at the ends of what its config takes.

import { assertEquals } from "@std/assert";
import { brokenTensor } from "../../../train/features/non_finite.ts";
import { sumsOf } from "../../../train/trainer/trainer.ts";
import { FAMILIES } from "../../engine/families.ts";
import { batchOf, setupOf, timeOf, trainerOf } from "../trainer/small_trainer.ts";

const FINITE: Record<string, object> = {
  "a temperature of 1e30": { temperature: 1e30 },
  "a temperature of 1e-3": { temperature: 1e-3 },
  "no weight for images of the class": { alpha: 0 },
  "no weight for other images": { negatives: 0 },
  "a queue of one": { queue: 1 },
  "keys that never move on": { momentum: 0.99999999 },
};

for (const family of FAMILIES) {
  const stepsOf = async (paco: object) => {
    const setup = await setupOf(family);
    using trainer = trainerOf(setup, 5, {
      paco: { queue: 12, features: 4, ...paco },
      loss: { name: "balanced-softmax" },
    });
    for (let step = 0; step < 3; step++) {
      const batch = batchOf(5, step);
      await trainer.step({ ...batch, images2: batchOf(5, step + 50).images }, timeOf(step));
    }
    return await trainer.state();
  };

  Deno.test(`PaCo's steps are finite at the ends of its config, ${family}`, async () => {
    for (const [name, paco] of Object.entries(FINITE)) {
      const state = await stepsOf(paco);
      assertEquals([sumsOf(state).bad, brokenTensor(state)], [0, null], name);
    }
  });

  Deno.test(`a temperature that float32 takes for 0 shows in the first step of PaCo, ${family}`, async () => {
    const state = await stepsOf({ temperature: 1e-50 });
    assertEquals(sumsOf(state).bad, 1);
  });
}

// Steps of every loss on numbers at the ends of what training meets: losses and weights stay finite.

import { assert, assertEquals } from "@std/assert";
import { brokenTensor } from "../../../train/features/non_finite.ts";
import { deviceOf, FAMILIES } from "../../engine/families.ts";
import { LOSSES, type Numbers, stepsOn } from "./small_head.ts";

/** Numbers that are nothing special; each case changes some. */
const PLAIN: Numbers = {
  counts: [500, 40, 7, 1],
  labels: [0, 1, 0, 2, 0, 3],
  width: 8,
  feature: (row, place) => Math.sin(3 * row + place),
  weight: (_, place) => Math.cos(5 * place) / 2,
};

/** Logits of a size: features of ones in places of their own, and weights that come to it. */
const logitsOf = (size: number): Partial<Numbers> => ({
  feature: (row, place) => Number(row % 4 === place),
  weight: (name, place) => name.endsWith("bias") ? 0 : size * Math.sign(Math.sin(place + 1)),
});

const CASES: Record<string, Partial<Numbers>> = {
  "nothing special": {},
  "logits of 1e4": logitsOf(1e4),
  "logits of 1e30": { ...logitsOf(1e30), keys: { optimizer: { weightDecay: 0 } } },
  "features of zeros": { feature: () => 0 },
  "features of zeros and weights of zeros": { feature: () => 0, weight: () => 0 },
  "equal rows": { feature: (_, place) => place },
  "a batch of one": { labels: [2] },
  "a batch of one class": { labels: [1, 1, 1, 1] },
  "a batch of the class with a single image": { labels: [3, 3] },
  "classes of one image each": { counts: [1, 1, 1, 1] },
  "a million images beside one": { counts: [1e6, 1, 1, 1] },
  "a tiny learning rate": { keys: { optimizer: { lr: 1e-38 } } },
  "a huge weight decay": { keys: { optimizer: { lr: 0.05, weightDecay: 20 } } },
};

for (const family of FAMILIES) {
  for (const [name, changes] of Object.entries(CASES)) {
    Deno.test(`${name}: every loss is finite, and so are its steps, ${family}`, async () => {
      const device = await deviceOf(family);
      for (const loss of LOSSES) {
        const { loss: mean, bad, state } = await stepsOn(device, loss, { ...PLAIN, ...changes });
        assertEquals([bad, brokenTensor(state)], [0, null], loss[0]);
        assert(Number.isFinite(mean) && mean >= 0, `${loss[0]}: ${mean}`);
      }
    });
  }

  Deno.test(`10,000 classes: every loss is finite, and so are its steps, ${family}`, async () => {
    const device = await deviceOf(family);
    const numbers: Numbers = {
      ...PLAIN,
      counts: Array.from({ length: 10_000 }, (_, label) => 1 + Math.floor(1e4 / (label + 1))),
      labels: [0, 9999, 5000, 0, 17, 4242],
      keys: { optimizer: { lr: 0.5 } },
    };
    for (const loss of LOSSES) {
      const { loss: mean, bad, state } = await stepsOn(device, loss, numbers, 2);
      assertEquals([bad, brokenTensor(state)], [0, null], loss[0]);
      assert(Number.isFinite(mean) && mean > 0, `${loss[0]}: ${mean}`);
    }
  });
}

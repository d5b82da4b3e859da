// A least number of steps: epochs are raised for small sets, and for no others.

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { loadConfigOf } from "../../../train/config/load.ts";
import { raisedWords, withMinSteps } from "../../../train/config/min_steps.ts";
import { trainingConfig, trainSchema } from "../../../train/config/schema/train.ts";

const config = trainSchema.parse({
  epochs: 10,
  batch: 16,
  minSteps: 1000,
  optimizer: { schedule: { kind: "cosine", warmup: 1 } },
});

/** Steps of a whole training. */
const stepsOf = ({ epochs, batch }: { epochs: number; batch: number }, images: number) =>
  epochs * Math.ceil(images / batch);

Deno.test("epochs are raised to the fewest that reach minSteps, warmup in proportion", () => {
  for (const images of [1, 15, 16, 17, 280, 474, 480, 1599]) {
    const raised = withMinSteps(config, images);
    const { epochs } = raised;
    assertEquals(stepsOf(raised, images) >= 1000, true, `${images} images`);
    assertEquals(stepsOf({ epochs: epochs - 1, batch: 16 }, images) < 1000, true, `${images} images`);
    assertEquals(raised.optimizer.schedule.warmup, Math.round(epochs / 10));
    assertEquals(withMinSteps(raised, images), raised);
  }
  assertEquals(
    raisedWords(config, withMinSteps(config, 480), 480),
    "Epochs are raised from 10 to 34: 480 images in batches of 16 make 30 steps an epoch, and minSteps asks for 1000 in all",
  );
});

Deno.test("a config without minSteps, or a set that is large enough, stays as it is", () => {
  assertEquals(withMinSteps(config, 1600), config);
  const without = { ...config, minSteps: 0 };
  assertEquals(withMinSteps(without, 1), without);
  assertEquals(raisedWords(without, without, 1), null);
});

Deno.test("minSteps refuses what is due at epochs, and a training without epochs", async () => {
  for (
    const others of [
      ["optimizer.schedule.kind=steps"],
      ["loss.weights=effective", "loss.deferred=3"],
      ["epochs=0", "classifier=tau-norm"],
    ]
  ) {
    const load = (set: string[]) =>
      loadConfigOf(trainingConfig, null, { set: ["optimizer.schedule.kind=cosine", ...set] });
    await load(others);
    await assertRejects(
      () => load(["minSteps=9", ...others]),
      Error,
      "minSteps takes 0 without epochs, and where changes are due at epochs",
    );
  }
});

Deno.test("minSteps refuses more epochs than a training may have", () => {
  const small = { ...config, batch: 1, minSteps: 1_000_000 };
  assertEquals(withMinSteps(small, 1).epochs, 1_000_000);
  assertThrows(
    () => withMinSteps({ ...small, minSteps: 1_000_001 }, 1),
    RangeError,
    "current 1000001 steps take 1000001 of 1 image in batches of 1: lower minSteps",
  );
});

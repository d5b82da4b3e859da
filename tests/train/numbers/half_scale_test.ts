// A run in f16 that takes no step, however low the scale of its loss, ends and says why.

import { assertEquals, assertRejects } from "@std/assert";
import { initState, LEAST_SCALE, NonFiniteError } from "../../../engine/mod.ts";
import { loadConfigOf } from "../../../train/config/load.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { newWork } from "../../../train/saved/work.ts";
import { setUp } from "../../../train/setup/set_up.ts";
import { scaleFault } from "../../../train/trainer/fault.ts";
import { imageTrainer } from "../../../train/trainer/method_of.ts";
import { train } from "../../../train/trainer/train.ts";
import { ofHalf } from "../../half.ts";
import { Problem, quiet } from "../problem.ts";

const problem = new Problem();

const SENTENCE =
  "Cannot go on in f16: it takes gradients of at most 65,504, current ones are beyond even with the " +
  "loss scaled by 6e-8, and every step is skipped: set precision to f32";

Deno.test({
  ...ofHalf("a run in f16 whose steps are all skipped down to the least scale ends, and says so"),
  fn: async () => {
    const set = "data.source=idx data.ratio=10 data.augment.pad=1 epochs=2 batch=59 precision=f16 " +
      "loss.name=gml+las loss.lambda=1e20";
    const config = await loadConfigOf(trainingConfig, null, { data: problem.data, set: set.split(" ") });
    const draw = (network: Parameters<typeof initState>[0]) => initState(network, 0);
    using setup = await setUp(config, quiet, { cache: problem.path("cache"), draw });
    const work = newWork();
    {
      using trainer = imageTrainer(setup, config);
      work.state = new Map([...trainer.fresh(setup.stage1), [
        "loss scale",
        Float32Array.of(4 * LEAST_SCALE),
      ]]);
    }
    const { signal } = new AbortController();
    const listeners = { progress: quiet, signal, onEpoch: () => Promise.resolve() };
    await assertRejects(() => train(setup, config, work, listeners), NonFiniteError, SENTENCE);
    assertEquals([work.epochs.length, work.step], [0, 0]);
  },
});

Deno.test("a scale at its least is a fault where the last step was skipped, and none in f32", () => {
  const stateOf = (scale: number, good: number) =>
    new Map([["loss scale", Float32Array.of(scale)], ["good steps", Float32Array.of(good)]]);
  assertEquals(scaleFault(stateOf(LEAST_SCALE, 0))?.message, SENTENCE);
  for (const state of [stateOf(LEAST_SCALE, 1), stateOf(2 * LEAST_SCALE, 0), new Map()]) {
    assertEquals(scaleFault(state), null);
  }
});

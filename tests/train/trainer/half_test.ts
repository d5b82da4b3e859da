// Training with what is wide in f16.

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { DeviceError, initState } from "../../../engine/mod.ts";
import { loadConfigOf } from "../../../train/config/load.ts";
import { TerminalProgress } from "../../../train/terminal/progress.ts";
import { setUp } from "../../../train/setup/set_up.ts";
import { train } from "../../../train/trainer/train.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { newWork } from "../../../train/saved/work.ts";
import { imageTrainer } from "../../../train/trainer/method_of.ts";
import { ofHalf } from "../../half.ts";
import { Problem, quiet } from "../problem.ts";

const problem = new Problem();

async function problemIn(precision: string) {
  const set = "data.source=idx data.ratio=10 data.augment.pad=1 epochs=2 batch=70 optimizer.lr=0.02 " +
    `optimizer.schedule.steps=[] optimizer.schedule.factors=[] precision=${precision}`;
  const config = await loadConfigOf(trainingConfig, null, { data: problem.data, set: set.split(" ") });
  const draw = (network: Parameters<typeof initState>[0]) => initState(network, config.seed);
  return { config, setup: await setUp(config, quiet, { cache: problem.path("cache"), draw }) };
}

Deno.test({
  ...ofHalf("training in f16 goes the way of training in f32, but not to the bit"),
  fn: async () => {
    const losses: number[][] = [];
    for (const precision of ["f32", "f16"]) {
      const { config, setup: opened } = await problemIn(precision);
      using setup = opened;
      const work = newWork();
      const { signal } = new AbortController();
      const listeners = { progress: quiet, signal, onEpoch: () => Promise.resolve() };
      await train(setup, config, work, listeners);
      losses.push(work.epochs.map(({ loss }) => loss));
    }
    const [whole, half] = losses;
    assertEquals(half.length, 2);
    // Six steps at a low rate: the roundings of activations, 2^-11 each, have not come to decide anything yet.
    half.forEach((loss, i) => assert(Math.abs(loss / whole[i] - 1) < 5e-3 && loss !== whole[i], `${losses}`));
  },
});

Deno.test({
  ...ofHalf("an epoch in f16 of which every step is skipped says so"),
  fn: async () => {
    const { config, setup: opened } = await problemIn("f16");
    using setup = opened;
    let told = "";
    const progress = new TerminalProgress({ mode: "lines", write: (text) => told += text });
    for (const [scale, factor] of [[2 ** 24, 1e4], [2 ** 10, 1]]) {
      told = "";
      const work = newWork();
      {
        using trainer = imageTrainer(setup, config);
        const weights = setup.stage1.get("linear.weight")!.map((value) => value * factor);
        const state = trainer.fresh(new Map([...setup.stage1, ["linear.weight", weights]]));
        work.state = new Map([...state, ["loss scale", Float32Array.of(scale)]]);
      }
      const { signal } = new AbortController();
      await train(setup, { ...config, epochs: 1 }, work, {
        progress,
        signal,
        onEpoch: () => Promise.resolve(),
      });
      const line = factor === 1
        ? "loss scale 1024\n"
        : "loss scale 2097152: no step was taken, as gradients are beyond what f16 holds\n";
      assertStringIncludes(told, line);
    }
  },
});

Deno.test("training in f16 on an adapter without it is refused before it begins", async () => {
  const { config, setup: opened } = await problemIn("f16");
  using setup = opened;
  const device = Object.create(setup.device, { hasF16: { value: false }, adapter: { value: "A GPU" } });
  assertThrows(
    () => imageTrainer({ ...setup, device }, config),
    DeviceError,
    "Cannot train in f16 on A GPU: it takes an adapter with shader-f16, current has none: set precision to f32",
  );
});

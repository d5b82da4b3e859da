// A run whose numbers break stops at that step, names the first tensor that is not finite, and keeps what was good.

import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { NonFiniteError, parseSafetensors, type StateDict, writeSafetensors } from "../../../engine/mod.ts";
import { memoryRows } from "../../../train/features/memory.ts";
import { epochOrder } from "../../../data/mod.ts";
import { rowsSource } from "../../../train/finetune/feature_source.ts";
import { featureTrainer } from "../../../train/finetune/feature_method.ts";
import { asTraining } from "../../../train/finetune/training.ts";
import { fit } from "../../../train/trainer/fit.ts";
import { newWork } from "../../../train/saved/work.ts";
import { everyclass, filesIn } from "../command.ts";
import { Problem, quiet, randomState } from "../problem.ts";

const problem = new Problem();

/** The tensors of a run's checkpoint. */
function stateOf(run: string): StateDict {
  return parseSafetensors(Deno.readFileSync(problem.path(run, "checkpoint.safetensors"))).state;
}

for (const loss of ["gml", "ce", "ce-weighted", "balanced-softmax"]) {
  Deno.test(`a learning rate that breaks ${loss} ends the run at that step`, async () => {
    const { code, out, err } = await everyclass([
      "finetune",
      ...problem.flags(loss, `loss=${loss} optimizer.lr=1e30`),
    ]);
    assertEquals([code, out], [1, ""]);
    assertMatch(
      err,
      /error: Cannot go on with epoch 1: it takes finite numbers, .* are in .*linear.* (at|after) step [123]/,
    );
    assertStringIncludes(err, "the learning rate 1e+30 is too high");
    // No epoch was whole, and from its features the run would come to the same step.
    assertStringIncludes(err, `Nothing is kept in ${problem.path(loss)}: there is nothing to go on from\n`);
    assert(!filesIn(problem.folder).includes(loss));
  });
}

Deno.test("weights that break while every loss is finite end the run too", async () => {
  // The loss of a step is that before it, and this epoch has one step.
  const { code, err } = await everyclass([
    "finetune",
    ...problem.flags("one step", "batch=177 optimizer.lr=1e30"),
  ]);
  assertEquals(code, 1);
  assertMatch(
    err,
    /Cannot go on with epoch 2: .* are in (the momentum of )?linear\.weight after step 1/,
  );
});

Deno.test("a run that breaks later keeps the checkpoint of the last whole epoch", async () => {
  const sets = "optimizer.schedule.kind=steps optimizer.schedule.steps=[2] optimizer.schedule.factors=[1e32]";
  const { code, err } = await everyclass(["finetune", ...problem.flags("late", sets)]);
  assertEquals(code, 1);
  assertMatch(err, /Cannot go on with epoch 3: .* the learning rate 5e\+30 is too high/);
  assertStringIncludes(
    err,
    `The last good network, after epoch 2, is in ${problem.path("late/checkpoint.safetensors")}`,
  );
  assertEquals(filesIn(problem.path("late")), ["checkpoint.safetensors", "config.yaml", "metrics.csv"]);
  const two = await everyclass(["finetune", ...problem.flags("two", "epochs=2"), "--quiet"]);
  assertEquals(two.code, 0, two.err);
  assertEquals(stateOf("late"), stateOf("two"));
});

Deno.test("the step and the tensor that broke are named, and the weights are those before it", async () => {
  const { setup: opened, config } = await problem.setUp("batch=40 epochs=1 optimizer.lr=0.01");
  using _setup = opened;
  const { features: width, classes } = opened.network;
  const stage1 = new Map([
    ...opened.stage1,
    ["linear.weight", new Float32Array(classes * width).fill(1)],
    ["linear.bias", new Float32Array(classes)],
  ]);
  const [setup, training] = [{ ...opened, stage1 }, asTraining(config)];
  const { labels } = setup.train;
  const order = epochOrder(labels, classes, { sampler: "instance", seed: 0, epoch: 0 });
  const rows = memoryRows(labels.length, width);
  rows.values.fill(0.5);
  // Its logits are beyond the largest float, though every feature is below.
  rows.values.fill(3e38, order[95] * width, (order[95] + 1) * width);
  using trainer = featureTrainer(setup, training);
  const source = rowsSource([rows], labels, 40);
  const { signal } = new AbortController();
  const run = { setup, config: training, work: newWork(), trainer, source, progress: quiet, signal };
  const { message } = await assertRejects(
    () => fit({ ...run, onEpoch() {}, name: "train" }),
    NonFiniteError,
  );
  assertStringIncludes(message, "are in matmul [40, 4] of features, linear.weight, linear.bias at step 3");

  const left = await trainer.state();
  trainer.load(trainer.fresh(stage1));
  const time = { epoch: 0, lr: 0.01, weights: new Float32Array(classes) };
  let step = 0;
  for await (const batch of (await source.open(0, trainer.most))(order.subarray(0, 80), left)) {
    await trainer.step(batch, { ...time, step: step++ });
  }
  assertEquals(left, await trainer.state());
});

const overflows = [
  {
    command: "finetune",
    place: "the pool",
    factors: { "layer3.0.bn2.weight": 3e38 },
    tensor: "global_avg_pool [1, 64]",
  },
  {
    command: "evaluate",
    place: "a convolution",
    factors: { "conv1.weight": 1e30, "layer1.0.conv1.weight": 1e30 },
    tensor: "conv2d [1, 12, 12, 16] of layer1.0.conv1.weight",
  },
];
for (const { command, place, factors, tensor } of overflows) {
  Deno.test(`${command}: features that overflow in ${place} are refused, and the place is named`, async () => {
    const state = randomState("resnet8", 4);
    for (const [name, factor] of Object.entries(factors)) {
      const { data } = state.get(name)!;
      (data as Float32Array).forEach((value, i) => data[i] = value * factor);
    }
    const checkpoint = problem.path(`${place}.safetensors`);
    Deno.writeFileSync(checkpoint, writeSafetensors(state));
    const flags = problem.flags("overflow", "", { checkpoint });
    const { code, err } = await everyclass([command, ...flags, "--quiet"]);
    assertEquals(code, 1);
    assertMatch(
      err,
      /^error: Cannot go on with "evaluate.*": it takes finite features, those of image \d+ hold /,
    );
    assertStringIncludes(err, tensor);
    assert(!filesIn(problem.folder).includes("overflow"), "a run that came to nothing left a folder");
  });
}

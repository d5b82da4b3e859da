// A run whose numbers break stops at that step, names the first tensor that is not finite, and keeps what was good.

import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { NonFiniteError, parseSafetensors, type StateDict, writeSafetensors } from "../../../engine/mod.ts";
import { memoryRows } from "../../../train/features/memory.ts";
import { Classifier } from "../../../train/finetune/classifier.ts";
import { everyclass, filesIn } from "../command.ts";
import { Problem, randomState } from "../problem.ts";

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
      /error: Cannot go on with epoch 1: it takes finite numbers, .* at step [123] are in .*linear/,
    );
    assertStringIncludes(err, "the learning rate 1e+30 is too high");
    // No epoch was whole, so there is nothing to keep.
    assertEquals([...Deno.readDirSync(problem.folder)].some(({ name }) => name === loss), false);
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
    /Cannot go on with epoch 2: .* at step 1 are in (the momentum of )?linear\.weight after it/,
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
  const { setup, config } = await problem.setUp("batch=40");
  using _setup = setup;
  using classifier = new Classifier(setup, config);
  const { features: width, classes } = setup.network;
  const start = new Map([
    ["linear.weight", new Float32Array(classes * width).fill(1)],
    ["linear.bias", new Float32Array(classes)],
  ]);
  const labels = setup.train.labels;
  const order = Uint32Array.from(labels, (_, i) => (i * 7) % labels.length);
  const features = memoryRows(labels.length, width);
  features.values.fill(0.5);
  // Its logits are beyond the largest float, though every feature is below.
  features.values.fill(3e38, order[95] * width, (order[95] + 1) * width);
  const epoch = { number: 4, features, labels, order, lr: 0.01 };
  classifier.load(start);
  const { message } = await assertRejects(() => classifier.train(epoch), NonFiniteError);
  assertStringIncludes(message, "at step 3 are in matmul [40, 4] of features, linear.weight, linear.bias");

  const left = await classifier.state();
  classifier.load(start);
  const { state } = await classifier.train({ ...epoch, order: order.subarray(0, 80) });
  assertEquals(left, state);
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

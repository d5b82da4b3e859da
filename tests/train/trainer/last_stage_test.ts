// Training the last stage and the classifier alone, and an extra block that a checkpoint does not have.

import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  initState,
  loadState,
  nameOf,
  type Network,
  Parameters,
  parseSafetensors,
  resNet,
  type StateDict,
  stateShapes,
  writeSafetensors,
} from "../../../engine/mod.ts";
import { packState } from "../../../train/saved/checkpoint.ts";
import { loadConfigOf } from "../../../train/config/load.ts";
import { takeCheckpoint } from "../../../train/setup/checkpoint.ts";
import type { Setup, State } from "../../../train/setup/setup.ts";
import { setUp } from "../../../train/setup/set_up.ts";
import { reinitOf } from "../../../train/setup/start.ts";
import { train } from "../../../train/trainer/train.ts";
import { stagesOf } from "../../../train/setup/trained_part.ts";
import { type TrainConfig, trainingConfig } from "../../../train/config/schema/train.ts";
import { networkState, newWork } from "../../../train/saved/work.ts";
import { everyclass } from "../command.ts";
import { Problem, quiet } from "../problem.ts";
import { assertTaken } from "../takes.ts";

const problem = new Problem();
/** Images that a network for large ones takes. */
const larger = new Problem(20);

const KEYS =
  "data.source=idx data.ratio=10 data.augment.pad=1 workers=1 epochs=1 batch=70 train=last-stage " +
  "optimizer.schedule.kind=steps optimizer.schedule.steps=[] optimizer.schedule.factors=[]";

function configOf(sets: string, { data, checkpoint }: Problem = problem): Promise<TrainConfig> {
  return loadConfigOf(trainingConfig, null, { data, checkpoint, set: `${KEYS} ${sets}`.trim().split(" ") });
}

const valuesIn = (path: string): State =>
  new Map([...parseSafetensors(Deno.readFileSync(path)).state].map(([name, { data }]) => [
    name,
    data as Float32Array,
  ]));

/** The names whose values are not the same to the bit. */
function changed(before: State, after: State): string[] {
  return [...before].filter(([name, values]) => values.some((value, i) => value !== after.get(name)![i]))
    .map(([name]) => name).sort();
}

const isStatistic = (name: string) => /running_(mean|var)$/.test(name);

for (const statistics of ["updated", "frozen"]) {
  Deno.test(`the last stage and the classifier alone are trained, with ${statistics} statistics`, async () => {
    const keys = `${KEYS} statistics=${statistics}`.split(" ").flatMap((key) => ["--set", key]);
    const run = `last ${statistics}`;
    const { code, err } = await everyclass(
      [
        "train",
        "--data",
        problem.data,
        "--checkpoint",
        problem.checkpoint,
        "--out",
        problem.path(run),
        ...keys,
      ],
    );
    assertEquals(code, 0, err);
    const before = valuesIn(problem.checkpoint);
    const names = changed(before, valuesIn(problem.path(run, "checkpoint.safetensors")));
    const last = [...before.keys()].filter((name) => /^(layer3|linear)\./.test(name)).sort();
    assertEquals(names, statistics === "updated" ? last : last.filter((name) => !isStatistic(name)));
    await assertTaken(problem, run);
    const report = Deno.readTextFileSync(problem.path(run, "report.html"));
    assertStringIncludes(report, "The last stage and the classifier of a ResNet-8");
  });
}

Deno.test("the last stage is not trained of a network that was drawn", async () => {
  const keys = KEYS.split(" ").flatMap((key) => ["--set", key]);
  const { code, err } = await everyclass(["train", "--data", problem.data, ...keys]);
  assertEquals(code, 1);
  assertStringIncludes(err, "Cannot start: it takes a stage-1 checkpoint, current config names none");
});

Deno.test("an extra block is refused where there is no room for it", async () => {
  for (const network of ["resnet8", "resnet34"]) {
    for (const set of [KEYS, "data.source=idx"]) {
      const kind = set === KEYS ? "train" : "finetune";
      const keys = `${set} network=${network} extraBlock=true`.split(" ").flatMap((key) => ["--set", key]);
      const { code, err } = await everyclass([kind, "--data", problem.data, ...keys]);
      assertEquals(code, 1);
      assertStringIncludes(
        err,
        `extraBlock takes false with ${network}: behind resnet50, resnet101, resnet152`,
      );
    }
  }
});

/** A narrow network of bottlenecks. */
const narrow = (extraBlock: boolean, classes = 4) =>
  resNet({
    name: "narrow",
    block: "bottleneck",
    blocks: [1, 1, 1, 1],
    width: 8,
    channels: 1,
    classes,
    extraBlock,
  });

/** The file of a network that was drawn, without some of its tensors. */
function fileOf(network: Network, left: (name: string) => boolean = () => false): Uint8Array {
  const values = initState(network, 7);
  const state: StateDict = new Map(
    [...stateShapes(network)].filter(([name]) => !left(name))
      .map(([name, shape]) => [name, { dtype: "f32", shape, data: values.get(name)! }]),
  );
  return writeSafetensors(state);
}

/** The state of a checkpoint in a network with an extra block, and what of it was drawn. */
async function parse(file: Uint8Array, sets: string) {
  // Behind a network that may have one: the weights themselves are those of the narrow one.
  const config = await configOf(`network=resnet50 extraBlock=true ${sets}`, larger);
  const network = narrow(true);
  return { network, config, ...takeCheckpoint("file", file, network, reinitOf(config)?.(network)) };
}

Deno.test("classifier and extra block are drawn where a checkpoint has none that fit", async () => {
  const block = (name: string) => name.startsWith("block.");
  const fc = (name: string) => name.startsWith("fc.");
  const given = initState(narrow(true), 7);
  for (
    const [file, sets, drawn] of [
      // Of other classes, as one that was trained on ImageNet.
      [fileOf(narrow(false, 1000)), "", (name: string) => fc(name) || block(name)],
      [fileOf(narrow(false, 1000)), "train=all", (name: string) => fc(name) || block(name)],
      [fileOf(narrow(false), fc), "", (name: string) => fc(name) || block(name)],
      [fileOf(narrow(true, 1000)), "", fc],
      [fileOf(narrow(true), fc), "train=classifier", fc],
      [fileOf(narrow(true)), "", () => false],
    ] as const
  ) {
    const found = await parse(file, `classifier=reinit ${sets}`);
    const names = [...stateShapes(found.network).keys()];
    assertEquals(found.initialized, names.filter(drawn));
    assertEquals([...found.state.keys()].sort(), names.sort());
    const kept = new Map([...given].filter(([name]) => !drawn(name)));
    assertEquals(changed(kept, found.state), []);
  }
});

Deno.test("a checkpoint without classifier or block is refused where they are not to be drawn", async () => {
  const lacks = async (network: Network, sets: string, cause: string) => {
    const error = await assertRejects(
      () => parse(fileOf(network), sets),
      Error,
      "Cannot use the checkpoint file",
    );
    assertStringIncludes((error.cause as Error).message, cause);
    return error.message.slice("Cannot use the checkpoint file".length);
  };
  const remedy = (parts: string) =>
    ` as it is: training on from it takes classifier: reinit, which initialises ${parts}`;
  const without = narrow(false);
  const noBlock = "it is of a network without block";
  assertEquals(await lacks(without, "classifier=warm", noBlock), remedy("block"));
  assertEquals(await lacks(without, "classifier=reinit train=classifier", noBlock), "");
  const classes = "fc was trained for 9 classes, the network has 4";
  assertEquals(await lacks(narrow(true, 9), "classifier=warm", classes), remedy("fc"));
  assertEquals(await lacks(narrow(false, 9), "classifier=warm", "missing"), remedy("block and fc"));
  const error = assertThrows(() => takeCheckpoint("file", fileOf(narrow(true)), without), Error);
  assertStringIncludes((error.cause as Error).message, "it is of a network that has block besides");
});

Deno.test("an extra block is trained behind a network that stays as it is, and with it the classifier", async () => {
  const file = fileOf(narrow(false, 1000));
  const { network, config, state, initialized } = await parse(file, "classifier=reinit");
  using whole = await setUp({ ...config, network: "resnet8", extraBlock: false }, quiet, {
    cache: larger.path("cache"),
  });
  using stack = new DisposableStack();
  const store = (tensors: Network["backbone"]) => stack.use(new Parameters(whole.device, tensors, "narrow"));
  const backbone = stagesOf(network).map(store);
  const statistics = store(network.statistics);
  loadState([...backbone, statistics], state);
  const setup: Setup = { ...whole, network, backbone, statistics, stage1: state, initialized };
  const work = newWork();
  const listeners = {
    progress: quiet,
    signal: new AbortController().signal,
    onEpoch: () => Promise.resolve(),
  };
  const { before } = await train(setup, config, work, listeners);
  assertEquals(before, null);

  const after = networkState(setup.stage1, work.state);
  const trained = network.backbone.map(nameOf).filter((name) => name.startsWith("block."));
  const moved = network.statistics.map(nameOf).filter((name) => name.startsWith("block."));
  assertEquals(changed(state, after), [...trained, ...moved, "fc.weight", "fc.bias"].sort());
  const { state: written } = parseSafetensors(packState(after, setup, {}));
  assertEquals([...written.keys()].sort(), [...stateShapes(network).keys()].sort());
  assert(work.epochs[0].test!.mean > 0);
});

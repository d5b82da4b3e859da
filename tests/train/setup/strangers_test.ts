// Checkpoints of others: chosen by a key, renamed, told of, and named by the network that they are of.

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { networkOf, type StateDict, writeSafetensors } from "../../../engine/mod.ts";
import { type Reading, takeCheckpoint, tellTaken } from "../../../train/setup/checkpoint.ts";
import { TerminalProgress } from "../../../train/terminal/progress.ts";
import { everyclass } from "../command.ts";
import { Problem, randomState } from "../problem.ts";

const problem = new Problem();
const network = networkOf("resnet8", { classes: 4, channels: 1 });
const state = randomState("resnet8", 4);

const renamed = (by: (name: string) => string, from = state): StateDict =>
  new Map([...from].map(([name, tensor]) => [by(name), tensor]));

function take(file: StateDict, reading?: Partial<Reading>, of = network) {
  const taken = takeCheckpoint("file.pt", writeSafetensors(file), of, undefined, {
    key: null,
    rename: null,
    ...reading,
  });
  let told = "";
  tellTaken(taken, new TerminalProgress({ mode: "lines", write: (text) => told += text }));
  return { taken, told };
}

Deno.test("what stands beside the network is told", () => {
  const projector = { shape: [2], dtype: "f32" as const, data: new Float32Array(2) };
  const { taken, told } = take(
    new Map([...renamed((name) => `model.backbone.${name}`), ["model.projector.bias", projector]]),
  );
  assertEquals(taken.state.get("linear.bias"), state.get("linear.bias")!.data as Float32Array);
  assertEquals(
    told,
    "The network stands under model.backbone. in the checkpoint; no part of it and left out: model.projector\n",
  );
  assertEquals(take(renamed((name) => `module.${name}`)).told, "");
});

Deno.test("a key and new names make a network of what has neither", () => {
  const foreign = (name: string) => name.replace("conv1", "stem").replace("linear", "last_linear");
  const twice = new Map(
    ["student", "teacher"].flatMap((net) => [...renamed((name) => `${net}.${foreign(name)}`)]),
  );
  assertThrows(() => take(twice), Error, "Cannot use the checkpoint file.pt");
  // Only the first convolution: those of the blocks have their names inside.
  const rename = { last_linear: "linear", stem: "conv1" };
  const inner = renamed((name) =>
    name.startsWith("conv1") || name.startsWith("linear") ? foreign(name) : name
  );
  const both = new Map(
    ["student", "teacher"].flatMap((net) => [...renamed((name) => `${net}.${name}`, inner)]),
  );
  const { taken } = take(both, { key: "teacher", rename });
  assertEquals([...taken.state.keys()].length, state.size);
});

for (
  const [of, asked] of [["resnet8_b", "resnet8"], ["resnet14", "resnet8"], ["resnet8", "resnet8_b"], [
    "resnet10",
    "resnet18_cifar",
  ]]
) {
  Deno.test(`a checkpoint of ${of} names it where ${asked} was asked for`, () => {
    for (const classes of [4, 1000]) {
      const error = assertThrows(
        () => take(randomState(of, classes), {}, networkOf(asked, { classes: 4, channels: 1 })),
        Error,
      );
      assertEquals(
        error.message,
        `Cannot use the checkpoint file.pt for ${asked}: it is of ${of}, which --set network=${of} takes`,
      );
    }
  });
}

Deno.test("a checkpoint of no network that there is names none", () => {
  const deep = new Map([...state, ...renamed((name) => name.replace("layer3", "layer9"))]);
  const error = assertThrows(() => take(deep), Error);
  assertEquals(error.message, "Cannot use the checkpoint file.pt");
});

Deno.test("a run takes a checkpoint by key and names, and says what it left out", async () => {
  const file = problem.path("two.safetensors");
  const both = new Map([
    ...renamed((name) => `net.${name.replace(/^linear/, "out")}`),
    ...renamed((name) => `ema.backbone.${name.replace(/^linear/, "out")}`),
    ["ema.queue", { shape: [2], dtype: "f32" as const, data: new Float32Array(2) }],
  ]);
  Deno.writeFileSync(file, writeSafetensors(both as StateDict));
  const sets = "checkpointKey=ema checkpointRename={backbone.out:linear}";
  const { code, err } = await everyclass([
    "evaluate",
    ...problem.flags("two", "", { checkpoint: file }),
    ...sets.split(" ").flatMap((set) => ["--set", set.replace(":", ": ")]),
  ]);
  assertEquals(code, 0, err);
  assertStringIncludes(
    err,
    "The network stands under backbone. in the checkpoint; no part of it and left out: queue",
  );
  const own = await everyclass(["evaluate", ...problem.flags("own")]);
  assertEquals(own.code, 0, own.err);
  const recalls = (run: string) => Deno.readTextFileSync(join(problem.path(run), "recalls.csv"));
  assertEquals(recalls("two"), recalls("own"));
});

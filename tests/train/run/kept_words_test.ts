// The line that a run is kept comes once its inputs are open and fit: a run that they fail says no such line, and leaves nothing.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { everyclass, filesIn } from "../command.ts";
import { MadeUpFeatures } from "../made_up_features.ts";
import { Problem } from "../problem.ts";
import { Aborted, runIn } from "../team/run_in.ts";

const problem = new Problem();
const made = new MadeUpFeatures();
const none = problem.path("none");
const damaged = problem.path("damaged.safetensors");
Deno.writeFileSync(damaged, Deno.readFileSync(problem.checkpoint).subarray(0, 5000));
made.write("damaged.npy", Deno.readFileSync(made.path("train.npy")).subarray(0, 200));

const KEPT = /The run is kept in|Nothing is kept in/;
const OUT = problem.path("run");

type Problems = Record<string, { flags: string[]; error: RegExp }>;

/** Runs of a command on images that fail by their inputs. */
function onImages(flagsOf: (...parameters: Parameters<Problem["flags"]>) => string[]): Problems {
  return {
    "no checkpoint": { flags: flagsOf("run", "", { checkpoint: none }), error: /Cannot read .*none/ },
    "no data": { flags: flagsOf("run", "", { data: none }), error: /Cannot find .*none/ },
    "a damaged checkpoint": {
      flags: flagsOf("run", "", { checkpoint: damaged }),
      error: /Cannot use .*damaged\.safetensors/,
    },
    "a class without images": {
      flags: flagsOf("run", "data.ratio=1000"),
      error: /it takes training images of every class/,
    },
  };
}

const finetune = problem.flags.bind(problem);
const runs: Record<string, Problems> = {
  finetune: {
    ...onImages(finetune),
    "no costs": { flags: finetune("run", `costs=${none}`), error: /Cannot read .*none/ },
    "no config of stage 1": {
      flags: finetune("run", `stage1=${none}`, { checkpoint: null }),
      error: /Cannot read .*none/,
    },
  },
  train: onImages(problem.trainFlags.bind(problem)),
  "retrain-features": {
    "no features": { flags: featureFlags({ features: "none.npy" }), error: /Cannot read .*none\.npy/ },
    "damaged features": {
      flags: featureFlags({ features: "damaged.npy" }),
      error: /Cannot .*damaged\.npy/,
    },
    "no labels": { flags: featureFlags({ labels: "none.npy" }), error: /Cannot read .*none\.npy/ },
  },
  "reproduce table1": onImages((name, sets = "", files) => [
    ...finetune(name, `network=resnet8 ${sets}`, files),
    ...["--seeds", "1", "--ablations", "none"],
  ]),
};

function featureFlags(files: Record<string, string>): string[] {
  const flags = made.flags("run", files).slice(1);
  return flags.map((word, i) => flags[i - 1] === "--out" ? OUT : word);
}

for (const [command, problems] of Object.entries(runs)) {
  for (const [name, { flags, error }] of Object.entries(problems)) {
    Deno.test(`${command} with ${name} does not say that the run is kept, and leaves no folder`, async () => {
      const { code, err } = await everyclass([...command.split(" "), ...flags]);
      assertEquals(code, 1, err);
      assertMatch(err, error);
      assert(!KEPT.test(err), err);
      assert(!filesIn(problem.folder).includes("run"), err);
    });
  }
}

Deno.test("finetune in 2 processes without a checkpoint does not say that the run is kept", async () => {
  const job = runIn({ problem, ranks: 2 }, ["finetune", ...finetune("run", "", { checkpoint: none })]);
  const { message } = await assertRejects(() => job, Aborted);
  assertMatch(message, /Cannot read .*none/);
  assert(!KEPT.test(message), message);
  assert(!filesIn(problem.folder).includes("run"), message);
});

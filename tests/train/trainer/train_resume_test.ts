// Training that was stopped amid its epochs goes on to the same bits as if it had not been.

import { initState } from "../../../engine/mod.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { loadConfigOf } from "../../../train/config/load.ts";
import { Interrupted } from "../../../train/terminal/interrupt.ts";
import { setUp } from "../../../train/setup/set_up.ts";
import type { State } from "../../../train/setup/setup.ts";
import { train } from "../../../train/trainer/train.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { newWork, type Work } from "../../../train/saved/work.ts";
import { packWork, unpackWork } from "../../../train/saved/work_file.ts";
import { ofHalf } from "../../half.ts";
import { Problem, quiet } from "../problem.ts";

const problem = new Problem();

/** A signal that is aborted when a run asks for the n-th time. */
function stopAt(n: number): AbortSignal {
  let asked = 0;
  const aborted = () => n > 0 && ++asked >= n;
  return Object.defineProperties(new AbortController().signal, {
    aborted: { get: aborted },
    throwIfAborted: {
      value: () => {
        if (aborted()) throw new Interrupted(130);
      },
    },
  });
}

const SETS = "data.source=idx data.ratio=10 data.augment.pad=1 epochs=2 batch=70 workers=1 " +
  "optimizer.schedule.kind=steps optimizer.schedule.steps=[] optimizer.schedule.factors=[]";

/** PaCo with a queue that is filled amid the first epoch and that no batch divides. */
const PACO = `${SETS} data.augment.policy=paco loss.name=balanced-softmax paco.queue=100 paco.features=8`;

for (
  const [name, set] of [
    ["training", SETS],
    ["training of the classifier on parts of batches", `${SETS} train=classifier microBatch=40`],
    ["training of the last stage", `${SETS} train=last-stage`],
    ["training by AdamW", `${SETS} optimizer.name=adamw optimizer.lr=0.001`],
    ["training by PaCo", PACO],
    ["training of the last stage by PaCo", `${PACO} train=last-stage`],
  ]
) {
  Deno.test(`${name} that is stopped twice amid an epoch goes on to the same bits`, async () => {
    await resumes(set);
  });
}

Deno.test({
  ...ofHalf("training in f16 that is stopped goes on to the same bits, the scale among them"),
  fn: async () => {
    const state = await resumes(`${SETS} precision=f16`);
    assertEquals(["loss scale", "good steps"].map((name) => state.get(name)![0]), [2 ** 16, 6]);
  },
});

/** Compares them, and gives the state at the end. */
async function resumes(set: string): Promise<State> {
  const config = await loadConfigOf(trainingConfig, null, { data: problem.data, set: set.split(" ") });
  using setup = await setUp(config, quiet, {
    cache: problem.path("cache"),
    draw: (network) => initState(network, config.seed),
  });
  const run = (work: Work, n: number) =>
    train(setup, config, work, { progress: quiet, signal: stopAt(n), onEpoch: () => Promise.resolve() });
  const result = ({ state, epochs }: Work) => ({
    state,
    epochs: epochs.map(({ epoch, lr, loss, accuracy, test }) => ({ epoch, lr, loss, accuracy, test })),
  });

  const whole = newWork();
  const { after } = await run(whole, 0);
  let work = newWork();
  const places: string[] = [];
  for (const n of [3, 5]) {
    await assertRejects(() => run(work, n), Interrupted);
    places.push(`${work.epochs.length} epochs, ${work.step} steps`);
    work = unpackWork(packWork(work, setup, config), setup, config, "run", trainingConfig);
  }
  assertEquals(places, ["0 epochs, 2 steps", "1 epochs, 2 steps"]);
  assertEquals((await run(work, 0)).after, after);
  assertEquals(result(work), result(whole));
  return whole.state!;
}

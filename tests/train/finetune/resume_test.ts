// A run that was stopped, wherever it was, and went on later ends as one that was never stopped.

import { assert, assertEquals } from "@std/assert";
import { packState } from "../../../train/saved/checkpoint.ts";
import type { Config } from "../../../train/config/load.ts";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { finetune } from "../../../train/finetune/finetune.ts";
import { Interrupted } from "../../../train/terminal/interrupt.ts";
import type { Setup } from "../../../train/setup/setup.ts";
import { networkState, newWork, type Work } from "../../../train/saved/work.ts";
import { packWork, unpackWork } from "../../../train/saved/work_file.ts";
import { Problem, quiet } from "../problem.ts";

const problem = new Problem();

/** A signal that is aborted when a run asks for the n-th time. */
function stopAt(n: number): AbortSignal {
  let asked = 0;
  const throwIfAborted = () => {
    if (++asked === n) throw new Interrupted(130);
  };
  return Object.defineProperty(new AbortController().signal, "throwIfAborted", { value: throwIfAborted });
}

/** Runs to the end; the result as bytes and predictions. */
async function finish(setup: Setup, config: Config, work: Work) {
  const listeners = { progress: quiet, signal: stopAt(0), onEpoch: () => Promise.resolve() };
  const { before, after } = await finetune(setup, config, work, listeners);
  return {
    checkpoint: packState(networkState(setup.stage1, work.state), setup, {}),
    losses: work.epochs.map(({ loss }) => loss),
    predictions: [before!.predictions, after.predictions],
  };
}

/** The same with a cache that holds nothing. */
function anew(setup: Setup): Setup {
  return { ...setup, cache: Deno.makeTempDirSync({ dir: problem.folder }) };
}

for (
  const sets of [
    "statistics=frozen",
    "statistics=frozen featureBank=disk",
    "statistics=frozen featureBank=disk views=fresh",
    "statistics=updated",
    "statistics=frozen optimizer.name=adamw",
    "statistics=updated views=fresh",
  ]
) {
  Deno.test(`a run with ${sets} that is stopped anywhere goes on to the same bits`, async () => {
    const { setup: opened, config: { ...config } } = await problem.setUp(`${sets} epochs=2`);
    using _setup = opened;
    config.workers = 0; // to start some for every view takes the most time
    // Of memory: where features are kept changes nothing.
    const expected = await finish(opened, { ...config, featureBank: "memory" }, newWork());
    const stops: string[] = [];
    for (let n = 1;; n++) {
      const work = newWork();
      const setup = anew(opened);
      const listeners = { progress: quiet, signal: stopAt(n), onEpoch: () => Promise.resolve() };
      const stopped = await finetune(setup, config, work, listeners).then(() => false, (error) => {
        assert(error instanceof Interrupted, error);
        return true;
      });
      if (!stopped) break;
      stops.push(`${work.views.length} views, ${work.epochs.length} epochs`);
      const kept = unpackWork(packWork(work, setup, config), setup, config, "run", finetuneConfig);
      assertEquals(await finish(setup, config, kept), expected, `stopped at ${stops.at(-1)}`);
    }
    // Among them: while the first view is made, after the first, and after the last epoch.
    const views = sets.includes("fresh") ? [0, 0] : [1, 2];
    for (
      const stop of [
        "0 views, 0 epochs",
        `${views[0]} views, ${views[0] ? 0 : 1} epochs`,
        `${views[1]} views, 2 epochs`,
      ]
    ) {
      assert(stops.includes(stop), `${stop} is not among ${stops.join("; ")}`);
    }
  });
}

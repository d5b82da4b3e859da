// A run goes on to the same bits from every save that it makes on the way: amid an epoch, amid a view, between them.

import { assert, assertEquals } from "@std/assert";
import { initState } from "../../../engine/mod.ts";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { loadConfigOf } from "../../../train/config/load.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { finetune } from "../../../train/finetune/finetune.ts";
import { newWork, type Work } from "../../../train/saved/work.ts";
import { packWork, unpackWork } from "../../../train/saved/work_file.ts";
import { setUp } from "../../../train/setup/set_up.ts";
import { train } from "../../../train/trainer/train.ts";
import type { Listeners } from "../../../train/trainer/fit.ts";
import type { Outcome } from "../../../train/trainer/outcome.ts";
import { Problem, quiet } from "../problem.ts";

const problem = new Problem();

/** Does a piece of work to its end. */
type Run = (work: Work, saving?: Listeners["saving"]) => Promise<Outcome>;

/** Runs while every look at the clock is more than a stretch after the one before. */
async function inSlowTime<T>(run: () => Promise<T>): Promise<T> {
  const { now } = performance;
  let ms = 0;
  performance.now = () => ms += 1100;
  try {
    return await run();
  } finally {
    performance.now = now;
  }
}

/** Checks the ends of a run from each of its saves. @returns the place of each save, in words. */
async function goesOn(run: Run, pack: (work: Work) => Uint8Array, unpack: (bytes: Uint8Array) => Work) {
  const result = async (work: Work) => {
    const { after, members, moreLabels } = await run(work);
    const epochs = work.epochs.map(({ epoch, lr, loss, accuracy }) => ({ epoch, lr, loss, accuracy }));
    return { state: work.state, epochs, predictions: after.predictions, members, moreLabels };
  };
  const expected = await result(newWork());
  const saves: Uint8Array[] = [];
  const work = newWork();
  await inSlowTime(() => run(work, { isDue: () => true, save: () => void saves.push(pack(work)) }));
  const places: string[] = [];
  for (const bytes of saves) {
    const work = unpack(bytes);
    const { part, views, epochs, step, passes } = work;
    const whole = [...passes.keys()].map((name) => `, ${name.replace(/ [0-9a-f]{64}$/, "")}`).join("");
    places.push(
      `${
        part ? `${part.done} of ${part.name}, ` : ""
      }${views.length} views, ${epochs.length} epochs, ${step} steps${whole}`,
    );
    assertEquals(await result(work), expected, `from ${places.at(-1)}`);
  }
  return places;
}

for (
  const [sets, ...among] of [
    [
      "statistics=frozen views=2 moreLabels=1",
      /^128 of view 2 of 2, 1 views/,
      /^2 views, 0 epochs, [2-8] steps/,
      /^2 views, 2 epochs, 0/,
      /^2 views, 2 epochs, 0 steps, 1 more label, trial 1 of 3$/,
      /^2 views, 2 epochs, 0 steps, 1 more label, trial 1 of 3, .* trial 2 of 3, .* trial 3 of 3$/,
    ],
    [
      "statistics=updated views=2",
      /^40 of view 1 of 2, 0 views/,
      /^\d+ of view 2 of 2, 1 views/,
      /^2 views, 1 epochs, [2-8] steps/,
      /^2 views, 2 epochs, 0 steps, evaluate re-trained$/,
    ],
    [
      "statistics=updated views=fresh",
      /^40 of view of epoch 2, .* 1 epochs, 0 steps/,
      /^177 of view of epoch 2, .* 1 epochs, [2-8] steps/,
    ],
    [
      "statistics=frozen views=fresh optimizer.name=adamw",
      /^128 of view of epoch 1/,
      /^177 of view of epoch 1.* [2-8] steps/,
    ],
  ] as [string, ...RegExp[]][]
) {
  Deno.test(`finetune with ${sets} goes on to the same bits from every save on the way`, async () => {
    const { setup: opened, config: { ...config } } = await problem.setUp(
      `${sets} epochs=2 batch=20 featureBank=memory`,
    );
    using setup = opened;
    config.workers = 0; // to start some for every view takes the most time
    const heard = { progress: quiet, signal: new AbortController().signal, onEpoch: () => {} };
    const places = await goesOn(
      (work, saving) => finetune(setup, config, work, { ...heard, saving }),
      (work) => packWork(work, setup, config),
      (bytes) => unpackWork(bytes, setup, config, "run", finetuneConfig),
    );
    for (const place of among) {
      assert(places.some((each) => place.test(each)), `${place} in\n${places.join("\n")}`);
    }
  });
}

for (
  const more of ["", " data.augment.policy=paco loss.name=balanced-softmax paco.queue=100 paco.features=8"]
) {
  Deno.test(`train${more} goes on to the same bits from every save on the way`, async () => {
    const sets =
      "data.source=idx data.ratio=10 data.augment.pad=1 epochs=2 batch=40 network=resnet8 evaluateEvery=1 " +
      `optimizer.schedule.kind=constant${more}`;
    const config = {
      ...await loadConfigOf(trainingConfig, null, { data: problem.data, set: sets.split(" ") }),
      workers: 0,
    };
    using setup = await setUp(config, quiet, {
      cache: problem.path("cache"),
      draw: (network) => initState(network, config.seed),
    });
    const heard = { progress: quiet, signal: new AbortController().signal, onEpoch: () => {} };
    const places = await goesOn(
      (work, saving) => train(setup, config, work, { ...heard, saving }),
      (work) => packWork(work, setup, config),
      (bytes) => unpackWork(bytes, setup, config, "run", trainingConfig),
    );
    for (const place of ["0 views, 1 epochs, 2 steps", "0 views, 2 epochs, 0 steps, evaluate"]) {
      assert(places.includes(place), `${place} in\n${places.join("\n")}`);
    }
  });
}

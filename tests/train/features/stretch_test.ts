// In a long epoch the host waits now and then for the device, tells how far it is, and can be stopped.

import { assertEquals, assertRejects } from "@std/assert";
import { rowsSource } from "../../../train/finetune/feature_source.ts";
import { featureTrainer } from "../../../train/finetune/feature_method.ts";
import { asTraining } from "../../../train/finetune/training.ts";
import { type MemoryRows, memoryRows } from "../../../train/features/memory.ts";
import type { FeatureRows } from "../../../train/features/rows.ts";
import { silent } from "../../../train/progress/progress.ts";
import { fit } from "../../../train/trainer/fit.ts";
import { newWork } from "../../../train/saved/work.ts";
import { type Clock, withClock } from "../../clock.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();

/** Rows of which the second batch of an epoch takes longer than a stretch, by this clock; they do not change. */
function slow(inner: MemoryRows, clock: Clock, closed: () => void): FeatureRows {
  let batches = 0;
  return {
    count: inner.count,
    width: inner.width,
    gather(samples, out) {
      if (++batches === 2) clock.ms += 1100;
      inner.gather(samples, out);
    },
    close() {
      batches = 0;
      closed();
    },
  };
}

Deno.test("a long epoch tells how far it is, and comes to the same; stopped on the way it goes on later", () =>
  withClock(async (clock) => {
    const { setup, config } = await problem.setUp("batch=59 epochs=1");
    using _setup = setup;
    using trainer = featureTrainer(setup, asTraining(config));
    const { labels, count } = setup.train;
    const values = memoryRows(count, setup.network.features);
    values.values.forEach((_, i) => values.values[i] = Math.sin(i));

    /** An epoch on these rows. @returns Its work, and what progress heard. */
    const epoch = async (rows: FeatureRows, work = newWork(), stop?: AbortController) => {
      const heard: number[] = [];
      const advance = (images: number) => {
        heard.push(images);
        stop?.abort(new Error("stopped"));
      };
      const run = () =>
        fit({
          setup,
          config: asTraining(config),
          work,
          trainer,
          source: rowsSource([rows], labels, 59),
          progress: { ...silent, meter: () => ({ advance, compiling() {}, report() {}, end() {} }) },
          signal: (stop ?? new AbortController()).signal,
          onEpoch() {},
          name: "train",
        });
      if (stop) await assertRejects(run, Error, "stopped");
      else await run();
      return { work, heard };
    };
    const expected = (await epoch(values)).work;

    let closed = 0;
    const late = slow(values, clock, () => closed++);
    const whole = await epoch(late);
    assertEquals([whole.heard, closed], [[118, 59], 1]);
    assertEquals(whole.work.state, expected.state);

    const { work, heard } = await epoch(late, newWork(), new AbortController());
    assertEquals([heard, work.step, work.epochs.length, closed], [[118, 0], 2, 0, 2]);
    assertEquals((await epoch(late, work)).heard, [59]);
    assertEquals([work.state, work.epochs[0].loss], [expected.state, expected.epochs[0].loss]);
  }));

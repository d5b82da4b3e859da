// In a long epoch the host waits now and then for the device, tells how far it is, and can be stopped.

import { assertEquals, assertRejects } from "@std/assert";
import { type MemoryRows, memoryRows } from "../../../train/features/memory.ts";
import type { FeatureRows } from "../../../train/features/rows.ts";
import { Classifier } from "../../../train/finetune/classifier.ts";
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

Deno.test("a long epoch tells how far it is, and comes to the same; stopped on the way it can begin again", () =>
  withClock(async (clock) => {
    const { setup, config } = await problem.setUp("batch=59");
    using _setup = setup;
    using classifier = new Classifier(setup, config);
    const { labels, count } = setup.train;
    const features = memoryRows(count, setup.network.features);
    features.values.forEach((_, i) => features.values[i] = Math.sin(i));
    const epoch = { number: 1, features, labels, order: Uint32Array.from(labels, (_, i) => i), lr: 0.05 };
    classifier.load(setup.stage1);
    const expected = await classifier.train(epoch);

    const heard: number[] = [];
    let closed = 0;
    const late = { ...epoch, features: slow(features, clock, () => closed++) };
    const stop = (images: number) => {
      heard.push(images);
      throw new Error("stopped");
    };
    classifier.load(setup.stage1);
    await assertRejects(() => classifier.train({ ...late, onStretch: stop }), Error, "stopped");
    assertEquals([heard, closed], [[118], 1]);

    classifier.load(setup.stage1);
    assertEquals(await classifier.train({ ...late, onStretch: (images) => heard.push(images) }), expected);
    assertEquals([heard, closed], [[118, 118], 2]);
  }));

// No device may go while it works: wgpu ends the process when the work of a queue that goes takes more than 6.3 seconds.

import { assert, assertEquals } from "@std/assert";
import { drain, Queue } from "../../../../engine/device/steps/queue.ts";
import type { PlanStep } from "../../../../engine/device/steps/step.ts";
import { withClock } from "../../../clock.ts";
import { adapterOf } from "../../adapters.ts";
import { Device } from "../../../../engine/device/device.ts";

/** A device of a CPU as Deno drives it: a submit waits until the one before is done, the wait for all until all are. */
class SoftwareGpu {
  /** Milliseconds of each submit. */
  readonly took: number[] = [];
  readonly queue = {
    submit: ([steps]: [PlanStep[]]) => {
      this.wait();
      this.#ends = this.clock.ms + steps.reduce((sum, step) => sum + this.msOf(step), 0);
      this.took.push(this.#ends - this.clock.ms);
    },
    onSubmittedWorkDone: () => Promise.resolve(this.wait()),
  };
  #ends = 0;

  constructor(private readonly clock: { ms: number }, private readonly msOf: (step: PlanStep) => number) {}

  /** Whether it works. */
  get busy(): boolean {
    return this.#ends > this.clock.ms;
  }

  wait(): void {
    this.clock.ms = Math.max(this.clock.ms, this.#ends);
  }

  pushErrorScope(): void {}

  popErrorScope(): Promise<null> {
    return Promise.resolve(null);
  }

  createCommandEncoder() {
    let recorded: readonly PlanStep[] = [];
    return { record: (steps: readonly PlanStep[]) => recorded = steps, finish: () => recorded };
  }
}

/** A queue of such a device, and what records steps for it. */
function queueOf(clock: { ms: number }, msOf: (step: PlanStep) => number) {
  const gpu = new SoftwareGpu(clock, msOf);
  const queue = new Queue(gpu as unknown as GPUDevice, true);
  const run = (steps: readonly PlanStep[]) =>
    queue.run(
      "test",
      steps,
      (encoder, some) =>
        (encoder as unknown as { record: (steps: readonly PlanStep[]) => void }).record(some),
    );
  return { gpu, queue, run };
}

/** So many steps of one pipeline, each of a tenth of what a slow GPU does in half a second. */
function stepsOf(count: number, pipelines = 1): PlanStep[] {
  const all = Array.from({ length: pipelines }, () => ({}));
  const node = { op: { name: "op" }, shape: [], inputs: [] };
  return Array.from(
    { length: count },
    (_, i) =>
      ({
        kind: "dispatch",
        node,
        bytes: 1e9,
        kernel: {},
        pipeline: all[i % pipelines],
      }) as unknown as PlanStep,
  );
}

Deno.test("submits of a software adapter become as long as half a second, and shorter where it is slow", async () => {
  await withClock(async (clock) => {
    let ms = 20;
    const { gpu, run } = queueOf(clock, () => ms);
    const steps = stepsOf(50);
    for (let i = 0; i < 10; i++) run(steps);
    // 25 steps of 20 ms are half a second; of a power of 2 of the share, 10 of them.
    assertEquals(gpu.took.at(-1), 200);
    ms = 150;
    for (let i = 0; i < 3; i++) run(steps);
    gpu.took.length = 0;
    run(steps);
    assert(gpu.took.every((ms) => ms <= 500), `${gpu.took} ms`);
    await drain();
  });
});

Deno.test("a submit holds no more than one pipeline that is still to be compiled", async () => {
  await withClock(async (clock) => {
    const compiled = new Set<unknown>();
    const { gpu, run } = queueOf(clock, (step) => {
      const known = compiled.has((step as { pipeline: unknown }).pipeline);
      compiled.add((step as { pipeline: unknown }).pipeline);
      return known ? 0 : 900;
    });
    const steps = stepsOf(40, 20).map((step) => ({ ...step, bytes: 1 }));
    run(steps);
    assertEquals(gpu.took.filter((ms) => ms > 0), Array(20).fill(900));
    gpu.took.length = 0;
    run(steps);
    assertEquals(gpu.took, [0]);
    await drain();
  });
});

Deno.test("one submit is under way in a thread, however many software devices there are", async () => {
  await withClock(async (clock) => {
    const all = Array.from({ length: 5 }, () => queueOf(clock, () => 400));
    for (const { run } of all) {
      run(stepsOf(2));
      assertEquals(all.filter(({ gpu }) => gpu.busy).length, 1);
    }
    await drain();
    assertEquals(all.filter(({ gpu, queue }) => gpu.busy || queue.busy), []);
  });
});

Deno.test("a device that is given back while it works is destroyed when its work is done", async () => {
  const done = Promise.withResolvers<undefined>();
  const news: string[] = [];
  const open = async () => {
    const gpu = await adapterOf((gpu) => ({
      destroy: () => (news.push("destroyed"), gpu.destroy()),
      queue: { submit: () => news.push("submitted"), onSubmittedWorkDone: () => done.promise },
    }));
    return await Device.open({ gpu });
  };
  const [first, second] = [await open(), await open()];
  for (const device of [first, second]) device.queue.submit(device.gpu.createCommandEncoder());
  first[Symbol.dispose]();
  const closed = second[Symbol.asyncDispose]().then(() => news.push("closed"));
  await Promise.resolve();
  assertEquals(news, ["submitted", "submitted"]);
  done.resolve(undefined);
  await closed;
  assertEquals(news.toSorted(), ["closed", "destroyed", "destroyed", "submitted", "submitted"]);
  assert(!first.queue.busy && !second.queue.busy);
});

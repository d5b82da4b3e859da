import { type PlanStep, recordSteps } from "./step.ts";
import { inSubmits, type Submission } from "./submits.ts";

/**
 * Queues of this thread whose work may not be done. The set holds them: wgpu waits 6.3 seconds for the work of a queue
 * that is collected or torn down, and then ends the process, so no queue may go before its work is done.
 */
const busy = new Set<Queue>();

/** Sync point: waits until no device of this thread has work under way; what a Worker or a process does before it ends. */
export async function drain(): Promise<void> {
  while (busy.size > 0) await Promise.all([...busy].map((queue) => queue.idle()));
}

/** Time that a submit is to take, in milliseconds. */
const WANTED_MS = 500;

/** Records steps that one submit takes. */
export type Recorder = (encoder: GPUCommandEncoder, some: readonly PlanStep[]) => void;

/** Share of a slow GPU's half second that a software adapter is given at first: at 1 GFLOP/s it takes 0.8 s. */
const FIRST_SHARE = 1 / 64;

/** A submit that takes longer than this waits for the one before, in milliseconds. */
const WAITED_MS = 1;

/**
 * The queue of a device, which keeps each submit short by the time that earlier ones took, and knows whether work is under
 * way.
 *
 * On llvmpipe Deno waits in a submit until the one before is done, and in a call of `onSubmittedWorkDone()` until all are,
 * so that one submit at most is under way there. SwiftShader and a GPU are given one after the other: loops wait for them.
 */
export class Queue {
  /** Cuts of the steps of plans, for the share that they were made for. */
  readonly #cuts = new WeakMap<readonly PlanStep[], { most: number; runs: readonly Submission[] }>();
  readonly #compiled = new WeakSet<GPUComputePipeline>();
  /** Largest share of a submit: a power of 2, so that it changes seldom. */
  #most: number;
  /** When the last submit was on its way, and its share; 0 where the time it takes tells nothing of the next. */
  #last: { at: number; share: number } | null = null;
  #count = 0;
  /** Hears that WebGPU refused steps that were run, and later which of them. */
  onFault: ((words: string) => void) | null = null;

  /** Begins without work. @param software True if the adapter computes on the CPU. */
  constructor(private readonly gpu: GPUDevice, private readonly software: boolean) {
    this.#most = software ? FIRST_SHARE : 1;
  }

  /** True if work may be under way. */
  get busy(): boolean {
    return busy.has(this);
  }

  /** Records steps in their order and submits them, in as many command buffers as keep each short; does not wait. */
  run(label: string, steps: readonly PlanStep[], record: Recorder): void {
    for (const _ of this.inParts(label, steps, record));
  }

  /** The same, where the caller may do something else after each submit. */
  *inParts(label: string, steps: readonly PlanStep[], record: Recorder): Generator<void> {
    for (const { steps: some, share, fresh } of this.#cut(steps)) {
      const fault = this.#refusal(() => {
        const encoder = this.gpu.createCommandEncoder({ label });
        record(encoder, some);
        for (const pipeline of fresh) this.#compiled.add(pipeline);
        this.submit(encoder, fresh.length > 0 ? 0 : share);
      });
      // An error of the search leaves the first error as it is.
      fault.then((error) => error && this.#tell(error, label, steps, some)).catch(() => {});
      yield;
    }
  }

  /** Does something at once, and waits for the validation of it. @returns Its error; null also where the device is lost. */
  #refusal(act: () => void): Promise<GPUError | null> {
    this.gpu.pushErrorScope("validation");
    let popped: Promise<GPUError | null>;
    try {
      act();
    } finally {
      popped = this.gpu.popErrorScope().catch(() => null);
    }
    return popped;
  }

  /** Tells of refused steps, and runs each by itself to find which it is: nothing that the device does counts any more. */
  async #tell(
    { message }: GPUError,
    label: string,
    steps: readonly PlanStep[],
    some: readonly PlanStep[],
  ): Promise<void> {
    const first = steps.indexOf(some[0]) + 1;
    this.onFault?.(
      `it refused one of the steps ${first} to ${first + some.length - 1} of a ${label}: ${message}`,
    );
    const errors = await Promise.all(some.map((step) =>
      this.#refusal(() => {
        const encoder = this.gpu.createCommandEncoder({ label });
        recordSteps(encoder, [step]);
        this.submit(encoder);
      })
    ));
    const at = errors.findIndex((error) => error !== null);
    if (at < 0) return;
    const { label: kernel, node } = some[at];
    this.onFault?.(
      `it refused step ${
        first + at
      } of ${steps.length} of a ${label}, kernel ${kernel} of ${node.describe()}: ` +
        errors[at]!.message,
    );
  }

  /** Submits what was recorded; does not wait. @param share Work, as of {@link Submission}, where it is known. */
  submit(encoder: GPUCommandEncoder, share = 0): void {
    // Software adapters share the cores of the machine: what the others do comes first.
    for (const other of busy) if (other !== this && other.software) void other.idle();
    const commands = [encoder.finish()];
    const before = performance.now();
    this.gpu.queue.submit(commands);
    const at = performance.now();
    const waited = this.software && at - before > WAITED_MS;
    if (this.#last && this.#last.share > 0 && waited) this.#learn(this.#last.share, at - this.#last.at);
    this.#last = { at, share };
    this.#count++;
    busy.add(this);
  }

  /** Sync point: waits until all submitted work is done, or the device is lost. */
  async idle(): Promise<void> {
    const count = this.#count;
    await this.gpu.queue.onSubmittedWorkDone();
    if (count === this.#count) this.#rest();
  }

  /** Sync point: waits until a buffer is there to be read, which is when all work submitted before is done. */
  async map(buffer: GPUBuffer, bytes?: number): Promise<ArrayBuffer> {
    const count = this.#count;
    await buffer.mapAsync(GPUMapMode.READ, 0, bytes);
    if (count === this.#count) this.#rest();
    return buffer.getMappedRange(0, bytes);
  }

  #rest(): void {
    this.#last = null;
    busy.delete(this);
  }

  #cut(steps: readonly PlanStep[]): readonly Submission[] {
    const most = this.#most;
    const known = this.#cuts.get(steps);
    if (known?.most === most) return known.runs;
    const runs = inSubmits(steps, most, (pipeline) => !this.#compiled.has(pipeline));
    if (runs.every(({ fresh }) => fresh.length === 0)) this.#cuts.set(steps, { most, runs });
    return runs;
  }

  /** Takes the time of a submit for that of the next: smaller ones at once, larger ones step by step. */
  #learn(share: number, ms: number): void {
    const wanted = 2 ** Math.floor(Math.log2(share * WANTED_MS / ms));
    this.#most = Math.min(1, wanted, 2 * this.#most);
  }
}

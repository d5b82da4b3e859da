import type { PlanStep } from "./steps/step.ts";

/** The part of a device that a timer sees: the device knows tunings, tunings need not know the device. */
export interface TimedDevice {
  /** The device itself. */
  readonly gpu: GPUDevice;
  /** True if dispatches can be timed on it. */
  readonly hasTimer: boolean;
}

/**
 * Times ways to compute one tensor, each a few dispatches, on the device.
 *
 * @returns Milliseconds of each way.
 */
export type Timer = (device: TimedDevice, ways: readonly (readonly PlanStep[])[]) => Promise<number[]>;

/** The result of the tuning while a plan was made. */
export interface TuningResult {
  /** Number of kernels that were timed. */
  learned: number;
  /** For how many of them another than the first is faster. */
  changed: number;
  /** Number of kernels that were not timed, as the time was up. */
  left: number;
  /** Seconds that it took. */
  seconds: number;
}

/** Options of a tuning. */
export interface TuningOptions {
  /** Seconds for all that is timed; what is unknown afterwards takes the first kernel. Default 20. */
  seconds?: number | undefined;
  /** The timer of the kernels. Default the device's `timestamp-query`; without that nothing is timed. */
  timer?: Timer | undefined;
  /** Told before kernels are timed: how many, at most. */
  onStart?: ((unknown: number) => void) | undefined;
  /** Told what was learned; the plan waits for it. */
  onResult?: ((result: TuningResult, tuning: Tuning) => void | Promise<void>) | undefined;
}

/**
 * Which of several kernels to the same bits is fastest, for each shape that a plan had. A plan on a device with a tuning
 * times what is unknown, once, in its own memory before its first run. The engine keeps it in no file: `entries` is plain
 * JSON, for one adapter and one version of the engine.
 */
export class Tuning {
  /** The timer of the kernels, or null for the device's own timestamps. */
  readonly timer: Timer | null;
  readonly #best = new Map<string, number>();
  #left: number;

  /** A tuning that knows nothing yet. @param options Say how long it may take, and who is told. */
  constructor(private readonly options: TuningOptions = {}) {
    this.timer = options.timer ?? null;
    this.#left = (options.seconds ?? 20) * 1000;
  }

  /** Number of the fastest way to compute each shape, the first being 0. */
  get entries(): Record<string, number> {
    return Object.fromEntries([...this.#best].toSorted(([a], [b]) => a < b ? -1 : 1));
  }

  /** Takes what was learned before; what this tuning knows already stays. */
  add(entries: Readonly<Record<string, number>>): void {
    for (const [key, best] of Object.entries(entries)) {
      if (!this.#best.has(key)) this.#best.set(key, best);
    }
  }

  /** Number of the fastest way to compute a shape; undefined where it is not known. */
  best(key: string): number | undefined {
    return this.#best.get(key);
  }

  /** Learns the fastest ways, as far as there is time. @param unknown Functions that find each way. */
  async learn(unknown: ReadonlyMap<string, () => Promise<number>>): Promise<void> {
    if (unknown.size === 0 || this.#left <= 0) return;
    const start = performance.now();
    this.options.onStart?.(unknown.size);
    let [learned, changed] = [0, 0];
    for (const [key, find] of unknown) {
      if (performance.now() - start > this.#left) break;
      const best = await find();
      this.#best.set(key, best);
      learned++;
      if (best > 0) changed++;
    }
    const ms = performance.now() - start;
    this.#left -= ms;
    await this.options.onResult?.(
      { learned, changed, left: unknown.size - learned, seconds: ms / 1000 },
      this,
    );
  }
}

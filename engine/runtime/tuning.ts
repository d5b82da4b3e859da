import { DeviceError } from "../errors.ts";
import type { Kernel } from "../op.ts";
import type { Device } from "./device.ts";
import type { Computed } from "./draft.ts";
import { timesOf } from "./profile.ts";
import { type Step, stepOf } from "./step.ts";
import type { StorageMap } from "./storage.ts";
import { keyOf } from "./tuning_key.ts";

/**
 * Times ways to compute one tensor, each a few dispatches, on the device.
 *
 * @returns Milliseconds of each way.
 */
export type Timer = (device: Device, ways: readonly (readonly Step[])[]) => Promise<number[]>;

/** What a tuning came to while a plan was made. */
export interface Lesson {
  /** How many kernels were timed. */
  learned: number;
  /** For how many of them another than the first is faster. */
  changed: number;
  /** How many were left as they are, for there was no time. */
  left: number;
  /** Seconds that it took. */
  seconds: number;
}

/** How to tune. */
export interface TuningOptions {
  /** Seconds for all that is timed; what is unknown afterwards takes the first kernel. Default 20. */
  seconds?: number;
  /** What times the kernels. Default the device's `timestamp-query`; without that nothing is timed. */
  timer?: Timer;
  /** Told before kernels are timed: how many, at most. */
  onStart?: (unknown: number) => void;
  /** Told what was learned; the plan waits for it. */
  onLesson?: (lesson: Lesson, tuning: Tuning) => void | Promise<void>;
}

/** Which kernels of a node a plan dispatches. */
export type Choice = (computed: Computed) => readonly Kernel[];

/** The choice where nothing is known. */
export const firstKernels: Choice = ({ lowering }) => lowering.kernels;

/** Another kernel than the first has to be faster by this much, so that noise does not decide. */
const CLEARLY = 0.97;

/** Each way is timed so often, after a run that compiles it. */
const ROUNDS = 3;

/**
 * Which of several kernels to the same bits is fastest, for each shape that a plan had. A plan on a device with a tuning
 * times what is unknown, once, in its own memory before its first run. The engine keeps it in no file: `entries` is plain
 * JSON, for one adapter and one version of the engine.
 */
export class Tuning {
  readonly #best = new Map<string, number>();
  readonly #timer: Timer | null;
  #left: number;

  constructor(private readonly options: TuningOptions = {}) {
    this.#timer = options.timer ?? null;
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

  /**
   * Which kernels a plan takes; those it knows nothing of are timed before.
   *
   * @param storage The plan's memory, of which nothing is needed yet.
   */
  async choose(device: Device, storage: StorageMap, computed: readonly Computed[]): Promise<Choice> {
    const timer = this.#timer ?? (device.hasTimer ? medians : null);
    const unknown = new Map<string, Computed>();
    for (const each of computed) {
      const key = each.lowering.others?.length ? keyOf(storage, each) : null;
      if (key !== null && !this.#best.has(key) && !unknown.has(key)) unknown.set(key, each);
    }
    if (timer && unknown.size > 0 && this.#left > 0) await this.#learn(device, storage, timer, unknown);
    return (each) => {
      const { kernels, others = [] } = each.lowering;
      const best = others.length ? this.#best.get(keyOf(storage, each)) ?? 0 : 0;
      return [kernels, ...others][best] ?? kernels;
    };
  }

  async #learn(
    device: Device,
    storage: StorageMap,
    timer: Timer,
    unknown: ReadonlyMap<string, Computed>,
  ): Promise<void> {
    const start = performance.now();
    this.options.onStart?.(unknown.size);
    let [learned, changed] = [0, 0];
    for (const [key, each] of unknown) {
      if (performance.now() - start > this.#left) break;
      const best = await fastest(device, storage, timer, each);
      this.#best.set(key, best);
      learned++;
      if (best > 0) changed++;
    }
    const ms = performance.now() - start;
    this.#left -= ms;
    await this.options.onLesson?.(
      { learned, changed, left: unknown.size - learned, seconds: ms / 1000 },
      this,
    );
  }
}

/** Number of the way that is clearly faster than the first, or 0. */
async function fastest(
  device: Device,
  storage: StorageMap,
  timer: Timer,
  { node, lowering: { kernels, others = [] } }: Computed,
): Promise<number> {
  const ways: { number: number; steps: Step[] }[] = [];
  const most = device.gpu.limits.maxComputeWorkgroupsPerDimension;
  for (const [number, way] of [kernels, ...others].entries()) {
    if (number > 0 && way.some(({ workgroups }) => Math.max(...workgroups) > most)) continue;
    try {
      const { steps } = await device.validated("time a kernel", () => ({
        steps: way.map((kernel) => stepOf(device, storage, node, kernel)),
        [Symbol.dispose]: () => {},
      }));
      ways.push({ number, steps });
    } catch (error) {
      // What does not compile here is no choice here; of the first kernel the plan tells.
      if (!(error instanceof DeviceError)) throw error;
      if (number === 0) return 0;
    }
  }
  const times = await timer(device, ways.map(({ steps }) => steps));
  const best = times.indexOf(Math.min(...times));
  return times[best] < CLEARLY * times[0] ? ways[best].number : 0;
}

/** Medians of a few rounds, in turn, so that whatever else the machine does meets all of them. */
const medians: Timer = async (device, ways) => {
  const all = ways.flat();
  await timesOf(device, all);
  const rounds = await timesOf(device, Array.from({ length: ROUNDS }, () => all).flat());
  let at = 0;
  return ways.map((steps) => {
    const first = at;
    at += steps.length;
    const sums = Array.from(
      { length: ROUNDS },
      (_, round) =>
        rounds.slice(round * all.length + first, round * all.length + at).reduce((sum, ms) => sum + ms, 0),
    );
    return sums.toSorted((a, b) => a - b)[ROUNDS >> 1];
  });
};

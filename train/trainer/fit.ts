import { mebibytes } from "../../engine/mod.ts";
import type { StepConfig } from "../config/schema/train.ts";
import type { Meter, Progress } from "../progress/progress.ts";
import type { Saving } from "../progress/saving.ts";
import type { EpochRow } from "../results/records.ts";
import type { ClassifierSetup } from "../setup/setup.ts";
import { startOf } from "../setup/start.ts";
import { trainEpoch } from "./epoch.ts";
import type { Sized } from "./methods/method.ts";
import type { Work } from "../saved/work.ts";
import type { State } from "../setup/setup.ts";
import { sumsOf } from "./trainer.ts";
import type { Training } from "./training.ts";

/** Receivers of a run's news, and the signal that stops the run. */
export interface Listeners {
  progress: Progress;
  /** Stops the run at the next point where its work is whole. */
  signal: AbortSignal;
  /** Hears of each whole epoch. */
  onEpoch: (row: EpochRow) => void | Promise<void>;
  /** Saves the work on the way; by default the work is not saved. */
  saving?: Saving | undefined;
}

/** The inputs of {@linkcode fit}. */
export interface Fit<B extends Sized> extends Training<B>, Listeners {
  /** Name of the training in progress messages. */
  name: string;
  /** Evaluates the test set on the way, after the epochs that the config names. @returns The news to report. */
  evaluate?: (last: EpochRow) => Promise<string>;
}

/**
 * Trains the remaining epochs.
 *
 * @returns Samples a second, and the share of the time spent waiting for data, 0 to 1.
 * @throws {Interrupted} when the signal is aborted, at a point where the work is whole.
 * @throws {NonFiniteError} when a loss or a weight is NaN or infinite; the work stays at the last whole epoch.
 */
export async function fit<B extends Sized>(
  run: Fit<B>,
): Promise<{ perSecond: number; dataWaitShare: number }> {
  const { setup, config, work, trainer, source, progress, signal, name, evaluate } = run;
  const { epochs, batch, evaluateEvery } = config;
  if (trainer.parts.length > 1 && epochs > 0) progress.line(partsWords(trainer.parts, config, setup));
  // The work may hold only a part of the state: the rest of the state is as it begins.
  work.state = completed(trainer.fresh(startOf(setup, config)), work);
  trainer.load(work.state);
  const left = () => (epochs - work.epochs.length) * setup.train.count - work.step * batch;
  const [samples, before] = [left(), work.seconds.train];
  const waited = source.waited ?? undefined;
  let meter: Meter | null = null;
  const counting = () => {
    const total = source.slow ? setup.train.count - work.step * batch : left();
    return meter ??= progress.meter(name, total, { unit: source.unit, waited });
  };
  for (;;) {
    const last = work.epochs.at(-1);
    const done = work.epochs.length === epochs;
    if (
      evaluate && !done && evaluateEvery !== null && last && !last.test && last.epoch % evaluateEvery === 0
    ) {
      counting().report(await evaluate(last));
    }
    signal.throwIfAborted();
    if (done) break;
    const batches = await source.open(work.epochs.length, trainer.most);
    const known = work.epochs.length;
    await trainEpoch(run, batches, counting());
    if (source.slow) {
      counting().end();
      meter = null;
    }
    const row = work.epochs.at(-1);
    if (work.epochs.length > known) await run.onEpoch(row!);
  }
  if (meter !== null) counting().end();
  if (left() < samples) run.saving?.save(); // whatever is done with the trained model is not to cost the training
  const seconds = work.seconds.train - before;
  return {
    perSecond: seconds && (samples - left()) / seconds,
    dataWaitShare: seconds && (waited?.() ?? 0) / 1000 / seconds,
  };
}

/** The state of a work and, where it lacks a part, the values that a training begins with. */
function completed(fresh: State, { state, step }: Work): State {
  for (const [name, { length }] of fresh) {
    const own = state?.get(name)?.length ?? length;
    if (own !== length) throw notOfThisRun(`${length} values of ${name}`, `${own}`);
  }
  const all = new Map([...fresh, ...state ?? []]);
  const { steps } = sumsOf(all);
  if (steps !== step) throw notOfThisRun(`sums of its ${step} steps`, `sums of ${steps}`);
  return all;
}

function notOfThisRun(takes: string, current: string): RangeError {
  return new RangeError(
    `Cannot go on with the training: it takes ${takes}, the kept work has ${current}: it is not what an interrupted run left`,
  );
}

/** Tells that batches are taken in parts, and why. */
function partsWords(
  parts: readonly number[],
  { statistics, microBatch }: StepConfig,
  setup: Pick<ClassifierSetup, "device">,
): string {
  const sizes = [...new Set(parts)].join(" or ");
  const budget = mebibytes(setup.device.memory.budget);
  const why = microBatch === "auto"
    ? `as many as the device holds by a budget of ${budget}`
    : "as microBatch has it";
  const norms = statistics === "frozen" ? "" : "; batch norms go by the images of a part";
  const images = parts.reduce((a, b) => a + b);
  return `Batches of ${images} are taken in ${parts.length} parts of ${sizes} ${
    sizes === "1" ? "image" : "images"
  }, ` +
    `${why}; losses and steps are those of the whole batch${norms}`;
}

import { epochOrder } from "../../data/mod.ts";
import { NonFiniteError } from "../../engine/mod.ts";
import type { StepConfig } from "../config/train.ts";
import { brokenTensor } from "../features/non_finite.ts";
import type { Meter } from "../progress/progress.ts";
import type { Saving } from "../progress/saving.ts";
import { learningRates } from "../setup/learning_rate.ts";
import type { ClassifierSetup, State } from "../setup/setup.ts";
import { stopwatch, type Work } from "../saved/work.ts";
import { classWeights } from "./methods/class_weights.ts";
import type { Sized, StepTime } from "./methods/method.ts";
import type { Batches, Source } from "./source.ts";
import { Stretch } from "./stretch.ts";
import { sumsOf, type Trainer } from "./trainer.ts";

/** The objects that all epochs of a run share. */
export interface Training<B extends Sized> {
  setup: ClassifierSetup;
  config: StepConfig;
  /** The results so far, filled on the way; training begins where they stand. */
  work: Work;
  trainer: Trainer<B>;
  source: Source<B>;
  signal: AbortSignal;
  /** Saves the work within an epoch, too. */
  saving?: Saving | undefined;
}

/** The facts of an epoch that are known before it begins. */
interface Epoch extends Omit<StepTime, "step"> {
  /** The samples' places in the order of training. */
  order: Uint32Array;
}

/**
 * Takes the remaining steps of an epoch. When the signal is aborted it stops at the next step. Where a save is due on the
 * way, the state is read in place of a wait for the device, and packed while the device takes the next steps.
 *
 * @throws {NonFiniteError} when a loss or a weight is NaN or infinite; `work` is then as it was before.
 */
export async function trainEpoch<B extends Sized>(
  run: Training<B>,
  batches: Batches<B>,
  meter: Meter,
): Promise<void> {
  const { setup, config, work, trainer, signal, saving } = run;
  const epoch = epochOf(run);
  const { order } = epoch;
  const clock = stopwatch();
  const stretch = new Stretch((samples) => meter.advance(samples));
  const begun = { state: work.state!, step: work.step };
  const count = (state: State, step: number) => {
    const seconds = clock.lap();
    work.seconds.train += seconds;
    work.seconds.epoch += seconds;
    Object.assign(work, { state, step });
  };
  let [step, isRead] = [work.step, false];
  for await (const batch of batches(order.subarray(step * config.batch))) {
    if (!trainer.knows(batch.count)) meter.compiling();
    try {
      await trainer.step(batch, { ...epoch, step });
    } catch (error) {
      // Stopped while kernels were compiled: the steps before are whole.
      if (signal.aborted && error === signal.reason) break;
      throw error;
    }
    step++;
    if (stretch.step(batch.count, trainer.bytesOf(batch.count))) {
      if (isRead) saving!.save();
      isRead = saving !== undefined && step * config.batch < order.length && !signal.aborted &&
        saving.isDue();
      if (isRead) {
        const state = await trainer.state(); // sync point, in place of the other
        if (sumsOf(state).bad > 0 || brokenTensor(state)) break;
        count(state, step);
      } else {
        await setup.device.finish(); // sync point
      }
      stretch.end();
    }
    if (signal.aborted) break;
  }
  const isWhole = step * config.batch >= order.length;
  const state = await trainer.state(); // sync point: once an epoch
  stretch.end();
  const { loss, hits, steps: all, bad } = sumsOf(state);
  const broken = brokenTensor(state);
  if (bad > 0 || broken) {
    const error = await fault(run, batches, epoch, bad, `${broken} after step ${all}`);
    Object.assign(work, begun);
    throw error;
  }
  count(state, step);
  const scale = trainer.scaleWords(begun.state, state);
  if (!isWhole) return;
  const number = epoch.epoch + 1;
  const accuracy = 100 * hits / order.length;
  const row = { epoch: number, lr: epoch.lr, loss: loss / all, accuracy, seconds: work.seconds.epoch };
  work.epochs.push({ ...row, imagesPerSecond: order.length / row.seconds, test: null });
  work.seconds.epoch = 0;
  work.step = 0;
  work.state = trainer.clearSums(state);
  meter.report(
    `epoch ${number} of ${config.epochs}, lr ${Number(epoch.lr.toPrecision(3))}, ` +
      `loss ${row.loss.toFixed(4)}, accuracy ${accuracy.toFixed(1)} %${scale}`,
  );
}

function epochOf<B extends Sized>({ setup: { train, network, counts }, config, work }: Training<B>): Epoch {
  const { sampler, seed, epochs, optimizer, loss: { weights, beta, deferred } } = config;
  const epoch = work.epochs.length;
  const weighting = deferred !== null && epoch < deferred ? "none" : weights;
  return {
    epoch,
    order: epochOrder(train.labels, network.classes, { sampler, seed, epoch }),
    lr: learningRates(optimizer, epochs)(epoch),
    weights: classWeights(weighting, counts, beta),
  };
}

/**
 * Takes the good steps of an epoch again, to find the tensor that broke in the step after them. Runs are repeatable, so
 * the fault comes again; only a run that has failed pays for the search.
 *
 * @param bad The first step without a finite loss, from 1; 0 if all losses are finite. @param last Names the broken tensor then.
 */
async function fault<B extends Sized>(
  { trainer, work, config }: Training<B>,
  batches: Batches<B>,
  epoch: Epoch,
  bad: number,
  last: string,
): Promise<NonFiniteError> {
  trainer.load(work.state!);
  let [step, found] = [work.step, last];
  for await (const batch of bad === 0 ? [] : batches(epoch.order.subarray(step * config.batch))) {
    const time = { ...epoch, step };
    if (step === bad - 1) {
      const broken = brokenTensor(await trainer.state());
      found = broken
        ? `${broken} after step ${step}`
        : `${await trainer.firstBad(batch, time)} at step ${bad}`;
      break;
    }
    await trainer.step(batch, time);
    step++;
  }
  return new NonFiniteError(
    `Cannot go on with epoch ${
      epoch.epoch + 1
    }: it takes finite numbers, the first NaN or infinite ones are in ` +
      `${found}: the learning rate ${epoch.lr} is too high`,
  );
}

import { epochOrder } from "../../data/mod.ts";
import type { StepConfig } from "../config/schema/train.ts";
import { brokenTensor } from "../features/non_finite.ts";
import type { Meter } from "../progress/progress.ts";
import { learningRates } from "./learning_rate.ts";
import type { ClassifierSetup, State } from "../setup/setup.ts";
import { stopwatch } from "../saved/work.ts";
import { fault, scaleFault } from "./fault.ts";
import { classWeights } from "./methods/class_weights.ts";
import type { Sized } from "./methods/method.ts";
import type { Batches } from "./source.ts";
import { Stretch } from "./stretch.ts";
import { sumsOf } from "./trainer.ts";
import type { Epoch, Training } from "./training.ts";

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
  const epoch = epochOf(setup, config, work.epochs.length);
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
  for await (const batch of batches(order.subarray(step * config.batch), work.state!)) {
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
  const spent = scaleFault(state);
  if (spent) {
    Object.assign(work, begun);
    throw spent;
  }
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

/** The facts of an epoch. @param epoch From 0. */
export function epochOf(
  { train, network, counts }: Pick<ClassifierSetup, "train" | "network" | "counts">,
  { sampler, seed, epochs, optimizer, loss: { weights, beta, deferred } }: StepConfig,
  epoch: number,
): Epoch {
  const weighting = deferred !== null && epoch < deferred ? "none" : weights;
  return {
    epoch,
    order: epochOrder(train.labels, network.classes, { sampler, seed, epoch }),
    lr: learningRates(optimizer, epochs)(epoch),
    weights: classWeights(weighting, counts, beta),
  };
}

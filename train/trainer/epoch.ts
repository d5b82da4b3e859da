import { type Batch, epochOrder, type Loader } from "../../data/mod.ts";
import { NonFiniteError } from "../../engine/mod.ts";
import { classWeights } from "./class_weights.ts";
import { learningRates } from "../setup/learning_rate.ts";
import type { StepTime } from "./method.ts";
import { brokenTensor } from "../features/non_finite.ts";
import type { Setup, State } from "../setup/setup.ts";
import type { Stage } from "../terminal/stage.ts";
import type { TrainConfig } from "../config/train.ts";
import type { TrainWork } from "./work_of_training.ts";
import { sumsOf, type Trainer } from "./trainer.ts";
import { stopwatch } from "../work/work.ts";

/** Longest stretch of steps that is submitted before the host waits for it, in milliseconds. */
const STRETCH_MS = 1000;

/** Fewest steps of such a stretch, so that a slow device has its next one at hand. */
const STRETCH_STEPS = 2;

/** What the epochs of a run share. */
export interface Training {
  setup: Setup;
  config: TrainConfig;
  /** Its state is set. */
  work: TrainWork;
  trainer: Trainer;
  loader: Loader;
  stage: Stage;
  signal: AbortSignal;
}

/** An epoch, as far as it is known before it begins. */
interface Epoch extends Omit<StepTime, "step"> {
  /** The images' places in the order of training. */
  order: Uint32Array;
}

/**
 * The steps of an epoch that are still to do. When the signal is aborted it stops at the next step.
 *
 * @throws {NonFiniteError} when a loss or a weight is NaN or infinite; `work` stays as it was.
 */
export async function trainEpoch(run: Training): Promise<void> {
  const { setup, config, work, trainer, stage, signal } = run;
  const epoch = epochOf(run);
  const { order } = epoch;
  const { device } = setup;
  const clock = stopwatch();
  let step = work.step;
  let [pending, steps, mark] = [0, 0, performance.now()];
  for await (const batch of batches(run, epoch, step)) {
    await trainer.step(batch, { ...epoch, step: step++ });
    pending += batch.count;
    steps++;
    if (signal.aborted) break;
    if (steps < STRETCH_STEPS || performance.now() - mark < STRETCH_MS) continue;
    await device.finish(); // sync point: it bounds what waits on the device
    stage.advance(pending);
    [pending, steps, mark] = [0, 0, performance.now()];
  }
  const state = await trainer.state(); // sync point: once an epoch
  stage.advance(pending);
  const { loss, hits, steps: all, bad } = sumsOf(state);
  const broken = brokenTensor(state);
  if (bad > 0 || broken) throw await fault(run, epoch, bad, `${broken} after step ${all}`);

  const seconds = clock.lap();
  work.seconds.train += seconds;
  work.seconds.epoch += seconds;
  const scale = trainer.scaleWords(work.state!, state);
  work.state = state;
  work.step = step;
  if (step * config.batch < order.length) return;
  const number = epoch.epoch + 1;
  const accuracy = 100 * hits / order.length;
  const row = { epoch: number, lr: epoch.lr, loss: loss / all, accuracy, seconds: work.seconds.epoch };
  work.epochs.push({ ...row, imagesPerSecond: order.length / row.seconds, test: null });
  work.seconds.epoch = 0;
  work.step = 0;
  work.state = trainer.clearSums(state);
  const { epochs } = config;
  stage.report(
    `epoch ${number} of ${epochs}, lr ${Number(epoch.lr.toPrecision(3))}, loss ${
      row.loss.toFixed(4)
    }, accuracy ${accuracy.toFixed(1)} %${scale}`,
  );
}

function epochOf({ setup: { train, network, counts }, config, work }: Training): Epoch {
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

/** The batches of an epoch from a step on. Views are numbered from 1: number 0 is the plain image. */
function batches({ loader, config }: Training, { order, epoch }: Epoch, step: number): AsyncIterable<Batch> {
  return loader.batches(order.subarray(step * config.batch), epoch + 1);
}

/**
 * Takes the good steps of an epoch again, to find what broke in the one after them. Runs are repeatable, so it comes
 * again; and no run pays for the search but the one that has failed.
 *
 * @param bad The first step without a finite loss, from 1; 0 when all have one. @param last What is broken then.
 */
async function fault(run: Training, epoch: Epoch, bad: number, last: string): Promise<NonFiniteError> {
  const { trainer, work } = run;
  trainer.load(work.state!);
  let [step, found] = [work.step, last];
  for await (const batch of batches(run, epoch, step)) {
    if (bad === 0) break;
    if (step === bad - 1) {
      const broken = brokenTensor(await trainer.state());
      const time = { ...epoch, step };
      found = broken
        ? `${broken} after step ${step}`
        : `${await trainer.firstBad(batch, time)} at step ${bad}`;
      break;
    }
    await trainer.step(batch, { ...epoch, step: step++ });
  }
  return new NonFiniteError(
    `Cannot go on with epoch ${
      epoch.epoch + 1
    }: it takes finite numbers, the first NaN or infinite ones are in ` +
      `${found}: the learning rate ${epoch.lr} is too high`,
  );
}

/** For a checkpoint: the network's part of a state over the weights that it began with. */
export function networkState(start: State, state: State | null): State {
  return new Map([...start].map(([name, values]) => [name, state?.get(name) ?? values]));
}

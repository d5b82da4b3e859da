// Measures a step: memory, planning, and the time of every dispatch.
import {
  type Device,
  type Dispatch,
  type Given,
  type Jitted,
  type Like,
  type Plan,
  shaped,
  type Traced,
} from "../../engine/mod.ts";
import type { Batch } from "../../data/mod.ts";
import { featureTrainer } from "../finetune/feature_method.ts";
import { asTraining } from "../finetune/training.ts";
import { classWeights } from "../trainer/methods/class_weights.ts";
import type { Config } from "../config/load.ts";
import { Extractor } from "../features/extractor.ts";
import type { Pass } from "../features/pass.ts";
import type { Progress } from "../progress/progress.ts";
import type { Setup } from "../setup/setup.ts";
import { type PlanRun, runAll } from "../trainer/steps/step_plans.ts";
import { imageTrainer } from "../trainer/method_of.ts";
import type { TrainConfig } from "../config/schema/train.ts";

/** Number of steps timed by the clock, of which the best counts. */
const TRIES = 3;

/** Runs of one plan in a step. */
export interface Section {
  /** Work of the plan. */
  name: string;
  /** Dispatches of one run; their `count` is the number of runs. */
  dispatches: Dispatch[];
}

/** The measurements of a step. */
export interface Profile {
  /** Name of the step. */
  name: string;
  /** Images in the step. */
  images: number;
  /** Bytes of the plans: predicted by `Plan.measure`, and allocated. */
  memory: { planned: number; allocated: number };
  /**
   * Milliseconds of planning, of making the plans, of the first run, in which drivers compile, and of a later run, the
   * best of three by the clock.
   */
  ms: { planning: number; making: number; first: number; step: number };
  sections: Section[];
}

/** A step to be measured. */
interface Work {
  name: string;
  images: number;
  /** Plans the step. @returns Bytes of its plans. */
  measure(): number;
  /** Makes the plans, once, and returns their runs. */
  runs(): Promise<Iterable<PlanRun>>;
}

/** Measures a training step of a config without changing the weights. @param batch Images of the step. */
export async function profileTrain(setup: Setup, config: TrainConfig, batch: Batch): Promise<Profile[]> {
  using trainer = imageTrainer(setup, config);
  trainer.load(trainer.fresh(setup.stage1));
  const { weights: weighting, beta } = config.loss;
  const time = { epoch: 0, step: 0, lr: 0, weights: classWeights(weighting, setup.counts, beta) };
  return [
    await profileOf(setup.device, {
      name: "training step",
      images: batch.count,
      measure: () => trainer.measure(batch.count).bytes,
      runs: () => trainer.runs(batch, time),
    }),
  ];
}

/** Measures the two steps of `finetune`: a forward batch of the backbone, and a step of the classifier. */
export async function profileFinetune(
  setup: Setup,
  config: Config,
  batch: Batch,
  progress: Progress,
): Promise<Profile[]> {
  const { device, network, train: set } = setup;
  const { statistics } = config;
  using extractor = new Extractor(setup, config, progress, new AbortController().signal);
  using trainer = featureTrainer(setup, asTraining(config));
  trainer.load(trainer.fresh(setup.stage1));
  const size = extractor.batchOf(set, statistics satisfies Pass["statistics"]);
  const shape = [size, set.height, set.width, set.channels];
  const images = new Uint8Array(shape.reduce((a, b) => a * b));
  images.set(batch.images.subarray(0, images.length));
  const rows = Math.min(config.batch, set.count);
  const features = Float32Array.from({ length: rows * network.features }, (_, i) => (i * 31) % 251 / 251);
  const labels = Uint32Array.from({ length: rows }, (_, i) => batch.labels[i % batch.count]);
  const step = { features, labels, count: rows };
  const time = { epoch: 0, step: 0, lr: 0, weights: new Float32Array(network.classes) };
  return [
    await profileJit(device, "forward batch", size, extractor.forward(statistics), [shaped(images, shape)]),
    await profileOf(device, {
      name: "step of the classifier",
      images: rows,
      measure: () => trainer.measure(rows).bytes,
      runs: () => trainer.runs(step, time),
    }),
  ];
}

function profileJit<Args extends readonly Traced[], R>(
  device: Device,
  name: string,
  images: number,
  jitted: Jitted<Args, R>,
  args: Given<Args>,
): Promise<Profile> {
  return profileOf(device, {
    name,
    images,
    measure: () => jitted.measure(...args as Like<Args>).bytes,
    runs: async () => [{ name, ...await jitted.prepare(...args) }],
  });
}

async function profileOf(device: Device, work: Work): Promise<Profile> {
  const timed = async <T>(act: () => T | Promise<T>): Promise<[number, T]> => {
    const start = performance.now();
    const result = await act();
    return [performance.now() - start, result];
  };
  const run = async () => {
    runAll(await work.runs());
    await device.finish();
  };
  const [planning, planned] = await timed(work.measure);
  const before = device.memory.used;
  const [making] = await timed(work.runs);
  const allocated = device.memory.used - before;
  const [first] = await timed(run);
  let step = Infinity;
  for (let i = 0; i < TRIES; i++) step = Math.min(step, (await timed(run))[0]);
  const sections = await sectionsOf(device, await work.runs());
  const { name, images } = work;
  return {
    name,
    images,
    memory: { planned, allocated },
    ms: { planning, making, first, step },
    sections,
  };
}

/** Groups the runs of a step by plan, with times where the adapter can measure them. */
async function sectionsOf(device: Device, runs: Iterable<PlanRun>): Promise<Section[]> {
  const sections = new Map<Plan, Section>();
  for (const { name, plan, feeds } of runs) {
    const known = sections.get(plan);
    if (known) {
      plan.run(feeds);
      for (const dispatch of known.dispatches) dispatch.count++;
    } else {
      const times = device.hasTimer ? await plan.profile(feeds) : (plan.run(feeds), undefined);
      sections.set(plan, { name, dispatches: plan.dispatches(times) });
    }
  }
  return [...sections.values()];
}

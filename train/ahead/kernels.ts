import { compileKernels, initState, type Plan, shaped } from "../../engine/mod.ts";
import type { Config } from "../config/load.ts";
import type { TrainConfig } from "../config/schema/train.ts";
import { Extractor } from "../features/extractor.ts";
import { featureTrainer } from "../finetune/feature_method.ts";
import { asTraining } from "../finetune/training.ts";
import { silent } from "../progress/progress.ts";
import { setUp } from "../setup/set_up.ts";
import type { Setup } from "../setup/setup.ts";
import { syntheticDataset } from "../setup/synthetic.ts";
import { classWeights } from "../trainer/methods/class_weights.ts";
import { imageTrainer } from "../trainer/method_of.ts";

/** Work that kernels are compiled for, as a run will do it. */
export interface Work {
  /** Config of the re-training. */
  config: Config;
  /** Config of the training of stage 1; null where the run trains none. */
  recipe: TrainConfig | null;
  /** Folder for computed files. */
  cache: string;
}

/** Images of a batch: kernels are the same for batches of all sizes. */
const BATCH = 8;

/** Number of parts of the work that have kernels of their own. */
export const PARTS = 3;

/** Sources of images whose number of classes and sides are known before there is an image. */
const KNOWN_SOURCES = ["cifar10", "cifar100", "fashion-mnist"];

/** True if the shapes of all tensors follow from the configs alone. */
export function hasKnownShapes({ data, checkpoint, pretrained }: Config): boolean {
  return KNOWN_SOURCES.includes(data.source) && checkpoint === null && pretrained === null;
}

/**
 * Compiles the kernels of a run on made-up images, on a device of its own that is closed after. On an adapter that is no
 * software it does nothing.
 *
 * @param takes Asked for each kernel of each part, both numbered from 0; false leaves the kernel to others.
 * @param isStopped Asked before each kernel is made; true leaves out what is to come.
 * @throws {DeviceError} when the device failed. @throws {Error} when it is stopped.
 */
export async function compileFor(
  work: Work,
  takes: (part: number, kernel: number) => boolean,
  isStopped: () => boolean = () => false,
): Promise<void> {
  const { config, recipe, cache } = work;
  const data = { ...config.data, ratio: 1, validationShare: 0 };
  const dataset = syntheticDataset({ ...config, data }, 10 * BATCH, null);
  using setup = await setUp({ ...config, data, tune: "off" }, silent, {
    cache,
    dataset,
    draw: (network) => initState(network, 0),
  });
  if (!setup.device.isSoftware) return;
  setup.device.pipelines.beforeMaking = () => {
    if (isStopped()) throw new Error("Stopped by the run");
  };
  const parts = [
    () => recipe && trainPlan(setup, recipe, (plan) => compileKernels(plan, (n) => takes(0, n))),
    () => extractPlan(setup, config, (plan) => compileKernels(plan, (n) => takes(1, n))),
    () => retrainPlan(setup, config, (plan) => compileKernels(plan, (n) => takes(2, n))),
  ];
  for (const part of parts) if (!isStopped()) await part();
  await setup.device.finish();
}

type Use = (plan: Plan) => Promise<void>;

async function trainPlan(setup: Setup, recipe: TrainConfig, use: Use): Promise<void> {
  const config = { ...recipe, batch: BATCH };
  using trainer = imageTrainer(setup, config);
  trainer.load(trainer.fresh(setup.stage1));
  const { weights, beta } = config.loss;
  const { height, width, channels } = setup.train;
  const images = new Uint8Array(BATCH * height * width * channels);
  const indices = new Uint32Array(BATCH);
  const batch = { images, images2: images, labels: indices, indices, count: BATCH };
  const time = { epoch: 0, step: 0, lr: 0, weights: classWeights(weights, setup.counts, beta) };
  for (const { plan } of await trainer.runs(batch, time)) await use(plan);
}

async function extractPlan(setup: Setup, config: Config, use: Use): Promise<void> {
  using extractor = new Extractor(setup, config, silent, new AbortController().signal);
  const { height, width, channels } = setup.train;
  const shape = [BATCH, height, width, channels];
  const images = shaped(new Uint8Array(shape.reduce((a, b) => a * b)), shape);
  await use((await extractor.forward(config.statistics).prepare(images)).plan);
}

async function retrainPlan(setup: Setup, config: Config, use: Use): Promise<void> {
  using trainer = featureTrainer(setup, asTraining({ ...config, batch: BATCH }));
  trainer.load(trainer.fresh(setup.stage1));
  const batch = {
    features: new Float32Array(BATCH * setup.network.features),
    labels: new Uint32Array(BATCH),
    count: BATCH,
  };
  const time = { epoch: 0, step: 0, lr: 0, weights: new Float32Array(setup.network.classes) };
  for (const { plan } of await trainer.runs(batch, time)) await use(plan);
}

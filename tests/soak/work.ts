import { join } from "node:path";
import sharp from "sharp";
import { trainingStep } from "../../bench/train/training.ts";
import { hash32, type ImageSet, loadDataset, Loader } from "../../data/mod.ts";
import {
  type Device,
  initState,
  input,
  loadState,
  type Network,
  networkOf,
  normalize,
  Parameters,
  Plan,
} from "../../engine/mod.ts";
import { recallMeans } from "../../train/statistics/recall_means.ts";
import { tallyOf } from "../../train/statistics/tally.ts";

const [CLASSES, BATCH, SIDE] = [4, 16, 32];

/** Images of each class in each split. */
const IMAGES = 8;

/** Training steps of a round. */
const STEPS = 4;

/** All that a soak does over and over, on a folder of JPEG files of its own. */
export class Work implements AsyncDisposable {
  private constructor(
    readonly device: Device,
    private readonly folder: string,
    private readonly set: ImageSet,
    private readonly loader: Loader,
    private readonly training: ReturnType<typeof trainingStep>,
    private readonly step: Plan,
    private readonly network: Network,
    private readonly weights: Parameters,
  ) {}

  static async make(device: Device): Promise<Work> {
    const folder = await Deno.makeTempDir({ prefix: "soak" });
    await writePhotos(folder);
    const { test } = await loadDataset("folder", folder, { size: SIDE, resize: null });
    const loader = new Loader(test, { batch: BATCH, augment: { pad: 4, flip: true } });
    const training = trainingStep(device, { network: "resnet8", batch: BATCH, side: SIDE, classes: CLASSES });
    const step = await Plan.make(device, training.spec);
    const network = networkOf("resnet8", { classes: CLASSES, channels: 3 });
    const { backbone, statistics, classifier } = network;
    const weights = new Parameters(device, [...backbone, ...classifier.tensors, ...statistics], "weights");
    loadState([weights], initState(network, 0));
    return new Work(device, folder, test, loader, training, step, network, weights);
  }

  /** Decodes all images, takes training steps on them, and evaluates the network by a plan that is made for it. */
  async round(): Promise<void> {
    const { device, set, loader } = this;
    using forward = await this.#forward();
    const [labels, predictions]: number[][] = [[], []];
    for await (const batch of loader.epoch(0)) {
      for (let i = 0; i < STEPS / 2; i++) {
        this.step.run({ ...this.training.feeds, images: batch.images, labels: batch.labels });
      }
      forward.run({ images: batch.images });
      const logits = await forward.read("logits");
      for (let i = 0; i < batch.count; i++) {
        const row = logits.subarray(i * CLASSES, (i + 1) * CLASSES);
        predictions.push(row.indexOf(Math.max(...row)));
        labels.push(batch.labels[i]);
      }
    }
    const { images, right } = tallyOf(labels, predictions, set.classNames.length);
    recallMeans(Array.from(images, (count, c) => right[c] / count));
    await device.finish();
  }

  /** A plan from images to logits. */
  #forward(): Promise<Plan> {
    const { network } = this;
    const pixels = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
    const images = normalize(input("images", [BATCH, SIDE, SIDE, 3], "u8"), pixels);
    const logits = network.classifier.logits(network.forward(images).features);
    return Plan.make(this.device, { outputs: { logits }, parameters: [this.weights] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.loader[Symbol.asyncDispose]();
    for (const each of [this.step, this.training, this.weights]) each[Symbol.dispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Writes drawn JPEG files, a folder for each class in `train` and `test`. */
async function writePhotos(folder: string): Promise<void> {
  for (const [s, split] of ["train", "test"].entries()) {
    for (let label = 0; label < CLASSES; label++) {
      const path = join(folder, split, `class ${label}`);
      await Deno.mkdir(path, { recursive: true });
      for (let i = 0; i < IMAGES; i++) {
        const pixels = Uint8Array.from({ length: 48 * 40 * 3 }, (_, at) => hash32(s, label, i, at) & 255);
        const raw = { width: 48, height: 40, channels: 3 } as const;
        await sharp(pixels, { raw }).jpeg().toFile(join(path, `${i}.jpg`));
      }
    }
  }
}

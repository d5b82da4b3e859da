// Measures what 5 and 50 further labelled images of every class bring a re-trained classifier on CIFAR100-LT, and what the
// program tells of it without having them.
//
//   deno run -A bench/more_labels/main.ts --cifar DIR --checkpoints FILE.pt,FILE.pt
//
// The further images are training images that the long tail leaves out; features are those of one view. Beside the truth
// stand the trials of `moreLabels` and two shares of the long tail's images: a step back by which n + 5 images would become
// n, and half. Features and predictions stay in the folder --keep, and a later call goes on with them.

import { join } from "node:path";
import { Device, headOf } from "../../engine/mod.ts";
import { hash32, LegacyRandom } from "../../data/mod.ts";
import { exists } from "../../data/disk/mod.ts";
import { loadConfig } from "../../train/config/load.ts";
import { plainRule } from "../../train/decision/decide.ts";
import { predict } from "../../train/decision/predict.ts";
import { MemoryRows } from "../../train/features/memory.ts";
import { measureMoreLabels } from "../../train/finetune/more_labels.ts";
import { joinRows, type LabelledRows, trainOn } from "../../train/finetune/more_rows.ts";
import { asTraining } from "../../train/finetune/training.ts";
import { silent } from "../../train/progress/progress.ts";
import type { ClassifierSetup } from "../../train/setup/setup.ts";
import { recallMeans } from "../../train/statistics/recall_means.ts";
import { tallyOf } from "../../train/statistics/tally.ts";
import { HELP, readOptions } from "../command_line.ts";
import { featuresOf, MOST_MORE, type Stored } from "./features.ts";

const CLASSES = 100;
const DRAWS = [0, 1, 2];

const { cifar, keep, checkpoints } = readOptions({
  name: "more_labels/main.ts",
  call: "deno run -A bench/more_labels/main.ts",
  about: "Measure what further labelled images bring, and what the program tells of it",
  flags: {
    cifar: { value: "DIR", about: "folder of CIFAR-100 (default: .cache)" },
    keep: { value: "DIR", about: "folder for features and predictions (default: .cache/more-labels)" },
    checkpoints: { value: "FILES", about: "stage-1 checkpoints of ResNet-32, with commas between them" },
    ...HELP,
  },
  example: "--checkpoints ce.pt,bsce.pt",
}, (given) => ({
  cifar: given.text("cifar") ?? ".cache",
  keep: given.text("keep") ?? ".cache/more-labels",
  checkpoints: (given.text("checkpoints") ?? "").split(",").filter((file) => file !== ""),
}));
Deno.mkdirSync(keep, { recursive: true });
const config = await loadConfig("configs/cifar100-lt-gml.yaml", { set: ["views=1"] });
const training = asTraining(config);
const heard = { progress: silent, signal: new AbortController().signal };
using device = await Device.open();

console.log("| stage 1 | training images | mean | H-mean | lowest | lowest 5 % |");
console.log("| --- | --- | ---: | ---: | ---: | ---: |");
const row = (cells: (string | number)[]) =>
  console.log(
    `| ${cells.map((cell) => typeof cell === "string" ? cell : (100 * cell).toFixed(1)).join(" | ")} |`,
  );

for (const checkpoint of checkpoints) {
  const name = checkpoint.replace(/^.*\/|\.pt$/g, "");
  const stored = await featuresOf(checkpoint, cifar, keep);
  const { train, test, testLabels, tail } = stored;
  const own = {
    views: [new MemoryRows(train.width, train.values.subarray(0, tail * train.width))],
    labels: stored.labels.slice(0, tail),
  };
  const setup = setupOf(stored);

  /** Predictions of the test images by a classifier trained on these rows, kept. */
  const predictionsOf = async (what: string, rows: () => LabelledRows): Promise<Uint32Array> => {
    const file = join(keep, `${name}-${what}.u8`);
    if (exists(file)) return Uint32Array.from(await Deno.readFile(file));
    const { members: [{ logits }] } = await trainOn(rows(), [test], {
      ...{ setup, config: training, name: what, ...heard },
    });
    const found = predict(logits, CLASSES);
    await Deno.writeFile(file, Uint8Array.from(found));
    return found;
  };
  const numbersOf = (predictions: Uint32Array) => {
    const { right, images } = tallyOf(testLabels, predictions, CLASSES);
    const { mean, hmean, lowest, lowestShare } = recallMeans(Array.from(images, (n, c) => right[c] / n));
    return [mean, hmean, lowest, lowestShare];
  };
  const tell = async (
    what: string,
    rows: (draw: number) => LabelledRows,
    draws: readonly number[],
    key: string,
  ) => {
    const all: number[][] = [];
    for (const draw of draws) {
      all.push(
        numbersOf(await predictionsOf(`${key}${draws.length > 1 ? `-${draw}` : ""}`, () => rows(draw))),
      );
    }
    row([name, what, ...all[0].map((_, i) => all.reduce((sum, each) => sum + each[i], 0) / all.length)]);
  };

  await tell("the long tail's", () => own, [0], "base");
  await tell("+ 5", (draw) => more(stored, own, 5 * draw, 5 * draw + 5), DRAWS, "true5");
  await tell("+ 50", () => more(stored, own, 0, MOST_MORE), [0], "true50");
  await tell("n²/(n + 5)", (draw) => share(own, 100 + draw, (n) => n * n / (n + 5)), DRAWS, "back");
  await tell("half", (draw) => share(own, 200 + draw, (n) => Math.ceil(n / 2)), DRAWS.slice(0, 2), "half");
  for (const moreLabels of [5, 50]) {
    const found = await measureMoreLabels({
      ...{ setup, config: { moreLabels, seed: 0 }, training, train: own, looks: [test], rule: plainRule },
      ...{ predictions: await predictionsOf("base", () => own), ...heard, work: { passes: new Map() } },
    });
    const { mean, hmean, lowestShare } = found!.gains!;
    const [a, b, c] = [mean, hmean, lowestShare].map(({ value, low, high }) =>
      `${(100 * value).toFixed(1)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`
    );
    row([name, `gain told of ${moreLabels}`, a, b, "", c]);
  }
}
Deno.exit(0);

/** The parts of a setup that training a classifier reads. */
function setupOf({ test: { width: features, count }, testLabels, stage1 }: Stored): ClassifierSetup {
  const classifier = headOf("linear", { classes: CLASSES, features });
  const network = { name: "A classifier", features, classes: CLASSES, stages: [], backbone: [], classifier };
  const test = {
    count,
    labels: testLabels,
    classCounts: () => tallyOf(testLabels, testLabels, CLASSES).images,
  };
  return { device, network, stage1, backbone: [], dataset: { test } } as unknown as ClassifierSetup;
}

/** The long tail's rows, and behind them the further ones of each class from one number to another. */
function more({ train, labels, tail }: Stored, own: LabelledRows, from: number, to: number): LabelledRows {
  const seen = new Uint32Array(CLASSES);
  const isWanted = (place: number) => {
    const number = place < tail ? -1 : seen[labels[place]]++;
    return number >= from && number < to;
  };
  const places = Uint32Array.from(labels.keys().filter(isWanted));
  return {
    views: [joinRows(own.views[0], train, places)],
    labels: Uint32Array.of(...own.labels, ...Array.from(places, (place) => labels[place])),
  };
}

/** So many rows of each class as a function of their number says, at least one; a fraction is drawn up or down. */
function share(
  { views: [rows], labels }: LabelledRows,
  seed: number,
  of: (n: number) => number,
): LabelledRows {
  const places = Array.from({ length: CLASSES }, (_, label) => {
    const all = Uint32Array.from(labels.keys().filter((place) => labels[place] === label));
    new LegacyRandom(hash32(seed, label)).shuffle(all);
    const wanted = of(all.length) +
      (Number.isInteger(of(all.length)) ? 0 : hash32(seed % 100, label) / 2 ** 32);
    return [...all.subarray(0, Math.max(1, Math.floor(wanted)))];
  }).flat().sort((a, b) => a - b);
  const values = new Float32Array(places.length * rows.width);
  rows.gather(Uint32Array.from(places), values);
  return {
    views: [new MemoryRows(rows.width, values)],
    labels: Uint32Array.from(places, (place) => labels[place]),
  };
}

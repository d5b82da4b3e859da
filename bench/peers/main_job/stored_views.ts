// Trains the classifier on our features and on PyTorch's, each here and in PyTorch, the batches of a seed in one order for
// all four. Differences between features are those of the features, differences between trainings of the training.
//
//   deno run -A bench/peers/main_job/stored_views.ts --help
//
// Each side draws its own views, so that features differ by chance too: compare them over the seeds.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { epochOrder } from "../../../data/mod.ts";
import { MemoryRows } from "../../../train/features/memory.ts";
import { type Config, loadConfig } from "../../../train/config/load.ts";
import { Extractor } from "../../../train/features/extractor.ts";
import { plainPass } from "../../../train/features/pass.ts";
import { finetune } from "../../../train/finetune/finetune.ts";
import { silent } from "../../../train/progress/progress.ts";
import { TerminalProgress } from "../../../train/terminal/progress.ts";
import { formatSpread, spreadOf } from "../../../train/reproduce/spread.ts";
import type { Setup } from "../../../train/setup/setup.ts";
import { setUp } from "../../../train/setup/set_up.ts";
import { newWork } from "../../../train/saved/work.ts";
import { HELP, readOptions } from "../../command_line.ts";
import { pythonWith } from "../../python.ts";
import type { Figures } from "./run.ts";
import { markdownTable } from "../markdown_table.ts";
import { torchEnv } from "../torch/torch.ts";

const FLAGS = {
  name: "stored views",
  call: "deno run -A bench/peers/main_job/stored_views.ts",
  about: "Train a classifier of CIFAR100-LT on our features and on PyTorch's, here and there",
  flags: {
    data: { value: "DIR", about: "CIFAR-100's python files" },
    checkpoint: { value: "FILE", about: "ResNet-32 of CIFAR100-LT" },
    seeds: { value: "N", about: "how many seeds (default: 5)" },
    views: { value: "N", about: "stored views, at most 40 (default: 4)" },
    ...HELP,
  },
  example: "--data DIR --checkpoint FILE",
} as const;

type Side = "ours" | "torch";

/** Figures of a classifier, the side that made its features, and the side that trained it. */
type TrainedClassifier = Figures & { features: Side; trainer: Side; seed: number };

const sides: Side[] = ["ours", "torch"];
const options = readOptions(FLAGS, (given) => {
  const [data, checkpoint] = [given.text("data"), given.text("checkpoint")];
  if (data === null || checkpoint === null) {
    throw new SyntaxError("Cannot compare stored views: it takes --data and --checkpoint");
  }
  return { data, checkpoint, seeds: given.whole("seeds", 1) ?? 5, views: given.whole("views", 1, 40) ?? 4 };
});
const python = await pythonWith("torchvision");
if ("why" in python) throw new Error(`Cannot compare stored views: ${python.why}`);

const progress = new TerminalProgress();
const { signal } = new AbortController();
const recipe = fileURLToPath(new URL("../../../configs/cifar100-lt-gml.yaml", import.meta.url));
const config = { ...await loadConfig(recipe, options), views: options.views, ensemble: null };
const folder = await Deno.makeTempDir({ prefix: "stored_views-" });
try {
  using setup = await setUp(config, progress, { cache: join(folder, "cache") });
  for (let seed = 0; seed < options.seeds; seed++) await writeOurs(setup, { ...config, seed });
  const runs = await trainThere(python.command);
  for (const features of sides) {
    for (let seed = 0; seed < options.seeds; seed++) {
      runs.push(await trainHere(setup, { ...config, seed }, features));
    }
  }
  console.log(table(runs));
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Writes our features of a seed's views and of the test images, and the order of its batches, as files. */
async function writeOurs(setup: Setup, { seed, ...config }: Config): Promise<void> {
  const { train, dataset: { test }, network: { classes } } = setup;
  const { sampler, epochs, data: { augment } } = config;
  using extractor = new Extractor(setup, { ...config, seed }, progress, signal);
  const write = (name: string, values: Uint32Array | Float32Array) =>
    Deno.writeFile(join(folder, name), new Uint8Array(values.slice().buffer));
  const order = (epoch: number) => [...epochOrder(train.labels, classes, { sampler, seed, epoch })];
  await write(
    `order-${seed}.u32`,
    Uint32Array.from(Array.from({ length: epochs }, (_, e) => order(e)).flat()),
  );
  const pass = { ...plainPass, name: "test images" };
  if (seed === 0) await write("ours-test.f32", (await extractor.rows(test, pass)).values);
  for (let view = 1; view <= options.views; view++) {
    const rows = await extractor.rows(train, { ...pass, name: `seed ${seed}, view ${view}`, view, augment });
    await write(`ours-${seed}-${view}.f32`, rows.values);
  }
}

/** Runs PyTorch: its features, which stay in the folder, and its training on both features. */
async function trainThere(command: string): Promise<TrainedClassifier[]> {
  const script = fileURLToPath(new URL("../torch/stored_views.py", import.meta.url));
  const { data, checkpoint, seeds, views } = options;
  const { success, stdout } = await new Deno.Command(command, {
    args: [script, folder, data, checkpoint, `${seeds}`, `${views}`],
    env: await torchEnv(),
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot compare stored views: stored_views.py failed, see above");
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  return lines.map((line) => ({ ...JSON.parse(line), trainer: "torch" }));
}

/** Trains a classifier here on the features of a side. */
async function trainHere(setup: Setup, config: Config, features: Side): Promise<TrainedClassifier> {
  const read = async (name: string) => {
    const { buffer } = await Deno.readFile(join(folder, `${features}-${name}.f32`));
    return new MemoryRows(setup.network.features, new Float32Array(buffer));
  };
  const work = { ...newWork(), testFeatures: [await read("test")] };
  for (let view = 1; view <= options.views; view++) work.views.push(await read(`${config.seed}-${view}`));
  const listeners = { progress: silent, signal, onEpoch: () => Promise.resolve() };
  const { mean, gmean: gMean, hmean: hMean, lowest } =
    (await finetune(setup, config, work, listeners)).after.metrics;
  return { features, trainer: "ours", seed: config.seed, mean, gMean, hMean, lowest };
}

/** Writes means over the seeds with their spread, and the H-mean of each seed. */
function table(runs: readonly TrainedClassifier[]): string {
  const lines = sides.flatMap((features) =>
    sides.map((trainer) => {
      const own = runs.filter((run) => run.features === features && run.trainer === trainer);
      const spread = (key: keyof Figures) => formatSpread(spreadOf(own.map((run) => run[key])));
      const seeds = own.map(({ hMean }) => hMean.toFixed(2)).join(", ");
      return [features, trainer, ...(["mean", "gMean", "hMean", "lowest"] as const).map(spread), seeds];
    })
  );
  const head = ["features", "training", "mean", "G-mean", "H-mean", "lowest", "H-mean by seed"];
  return markdownTable(head, lines);
}

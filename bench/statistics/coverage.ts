// Measures how often the 95 % intervals of train/statistics hold the true number, over simulated test sets:
//
//   deno run --allow-read --allow-env bench/statistics/coverage.ts [--sims N] [--seed N] [--shape TEXT]

import { calibration } from "../../train/statistics/calibration.ts";
import { compare, MEASURES } from "../../train/statistics/compare.ts";
import { randomOf } from "../../train/statistics/draws/random.ts";
import type { Interval } from "../../train/statistics/interval.ts";
import { modelStatistics } from "../../train/statistics/model.ts";
import { RECALL_MEANS, recallMeans } from "../../train/statistics/recall_means.ts";
import { HELP, readOptions } from "../command_line.ts";
import { SECOND_MODELS, type Shape, SHAPES, simulate, trueF1 } from "./shapes.ts";

/** Counts of how often something held, by row and column of a table. */
class Table {
  readonly rows = new Map<string, Map<string, [held: number, all: number]>>();

  add(row: string, column: string, held: number | boolean, all = 1): void {
    const cells = this.rows.get(row) ?? new Map<string, [number, number]>();
    this.rows.set(row, cells);
    const [before, total] = cells.get(column) ?? [0, 0];
    cells.set(column, [before + Number(held), total + all]);
  }

  /** The table in Markdown, in per cent. */
  text(head: string): string {
    const columns = [...this.rows.values().next().value!.keys()];
    const rows = [...this.rows].map(([name, cells]) => [
      name,
      ...columns.map((column) => {
        const [held, all] = cells.get(column)!;
        return (100 * held / all).toFixed(1);
      }),
    ]);
    return [[head, ...columns], ["---", ...columns.map(() => "---:")], ...rows]
      .map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  }
}

const holds = ({ low, high }: Interval, truth: number) => low <= truth && truth <= high;

const { sims, seed, wanted } = readOptions(
  {
    name: "coverage",
    call: "deno run --allow-read --allow-env bench/statistics/coverage.ts",
    about: "Count how often the 95 % intervals hold the true number, over simulated test sets.",
    flags: {
      sims: { value: "N", about: "test sets of each kind (1000)" },
      seed: { value: "N", about: "seed of the test sets (1)" },
      shape: { value: "TEXT", about: "only kinds of test sets with this in their name, or calibration" },
      ...HELP,
    },
    example: '--sims 100 --shape "8 x"',
  },
  (given) => ({
    sims: given.whole("sims", 1) ?? 1000,
    seed: given.whole("seed", 0) ?? 1,
    wanted: given.text("shape") ?? "",
  }),
);
const random = randomOf(seed);
const [single, paired, called, calibrated] = [new Table(), new Table(), new Table(), new Table()];

function runModel(shape: Shape, sim: number): void {
  const { labels, images, before, truths: [truth] } = simulate(shape, SECOND_MODELS.equal, random);
  const found = modelStatistics(labels, before, shape.classes, sim);
  const { f1, precisions } = trueF1(truth, images);
  const means = recallMeans(truth.recalls);
  const accuracy = truth.recalls.reduce((sum, recall, c) => sum + recall * images[c], 0) / labels.length;
  single.add(shape.name, "accuracy", holds(found.accuracy, accuracy));
  for (const name of RECALL_MEANS) single.add(shape.name, name, holds(found.means[name], means[name]));
  single.add(shape.name, "macroF1", holds(found.macroF1, f1));
  for (const { label, recall, precision } of found.classes) {
    single.add(shape.name, "recalls", holds(recall!, truth.recalls[label]));
    if (precision) single.add(shape.name, "precisions", holds(precision, precisions[label]));
  }
}

function runPair(shape: Shape, second: string, sim: number): void {
  const { labels, images, before, after, truths } = simulate(shape, SECOND_MODELS[second], random);
  const found = compare(labels, before, after, shape.classes, sim);
  const [from, to] = truths.map((truth) => ({
    ...recallMeans(truth.recalls),
    accuracy: truth.recalls.reduce((sum, recall, c) => sum + recall * images[c], 0) / labels.length,
    macroF1: trueF1(truth, images).f1,
  }));
  const row = `${shape.name}, ${second}`;
  for (const name of MEASURES) {
    paired.add(row, name, holds(found.differences[name], to[name] - from[name]));
  }
  const changes = Object.values(found.differences);
  const says = (word: string) => [...changes, ...found.classes].some(({ change }) => change === word);
  called.add(row, "any rose", says("rose"));
  called.add(row, "any fell", says("fell"));
  called.add(row, "a class rose", found.classes.some(({ change }) => change === "rose"));
  called.add(row, "hmean rose", found.differences.hmean.change === "rose");
}

/** Two classes, probabilities from 0.5 to 1, right as often as `rightOf` says. */
function runCalibration(
  name: string,
  count: number,
  rightOf: (confidence: number) => number,
  sim: number,
): void {
  const draw = (n: number) => {
    const probabilities = new Float64Array(2 * n);
    const labels = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      const confidence = 0.5 + 0.5 * random.beta(2.5, 1.2);
      probabilities.set([confidence, 1 - confidence], 2 * i);
      labels[i] = random.uniform() < rightOf(confidence) ? 0 : 1;
    }
    return { probabilities, labels };
  };
  const test = draw(count);
  const found = calibration(test.probabilities, test.labels, 2, randomOf(sim));
  truths.set(name, truths.get(name) ?? trueError(rightOf));
  calibrated.add(name, "ece", holds(found.ece, truths.get(name)!));
}

const truths = new Map<string, number>();

/** The calibration error of endless images: gaps of the bins on two million draws, without the chance of being right. */
function trueError(rightOf: (confidence: number) => number): number {
  const gaps = new Float64Array(15);
  const count = 2e6;
  for (let i = 0; i < count; i++) {
    const confidence = 0.5 + 0.5 * random.beta(2.5, 1.2);
    gaps[Math.min(14, Math.ceil(confidence * 15) - 1)] += confidence - rightOf(confidence);
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / count;
}

for (const shape of SHAPES.filter(({ name }) => name.includes(wanted))) {
  for (let sim = 0; sim < sims; sim++) {
    runModel(shape, sim);
    for (const second of Object.keys(SECOND_MODELS)) runPair(shape, second, sim);
  }
  console.error(`${shape.name}: done`);
}
for (const count of "calibration".includes(wanted) ? [100, 1000, 10_000] : []) {
  for (let sim = 0; sim < sims; sim++) {
    runCalibration(`${count} images, calibrated`, count, (p) => p, sim);
    runCalibration(`${count} images, too sure by 0.03`, count, (p) => p - 0.03, sim);
    runCalibration(`${count} images, too sure by a third`, count, (p) => p - (p - 0.5) / 3, sim);
  }
}

console.log(
  `${sims} test sets of each kind, seed ${seed}; per cent of the intervals that hold the true number\n`,
);
for (
  const [head, table] of [
    ["one model", single],
    ["differences of two models", paired],
    ["comparisons that say so", called],
    ["calibration error", calibrated],
  ] as const
) {
  if (table.rows.size) console.log(table.text(head) + "\n");
}

import type { Config } from "../config/load.ts";
import { machineFacts, networkTitle, sources } from "../report/facts.ts";
import type { Metrics } from "../results/metrics.ts";
import type { Summary } from "../results/records.ts";
import type { BeyondRow, ChoiceRow } from "./beyond.ts";
import type { TablePage } from "./document.ts";
import { formatSpread, spreadOf } from "./spread.ts";

/** The results of `reproduce beyond`. */
export interface BeyondSummary
  extends Pick<Summary, "throughput" | "adapter" | "family" | "versions" | "images"> {
  seeds: number[];
  models: string[];
  rows: BeyondRow[];
  choices: ChoiceRow[];
}

/** Columns of metrics. */
const METRICS = { mean: "mean", gmean: "G-mean", hmean: "H-mean", lowest: "lowest" } as const;

/** Makes the page. */
export function beyondDocument(summary: BeyondSummary, config: Config, date: Date): TablePage {
  const { seeds, models, rows, choices, images } = summary;
  const spread = (metrics: readonly Metrics[], key: keyof typeof METRICS) =>
    formatSpread(spreadOf(metrics.map((one) => one[key])));
  const points = (values: readonly number[] | null) => values === null ? "–" : formatSpread(spreadOf(values));
  const number = (count: number) => count.toLocaleString("en");
  return {
    title: "Beyond Table 1",
    date,
    lead:
      `A ${networkTitle(config)} on ${
        sources[config.data.source]
      } cut to a long tail of ratio ${config.data.ratio}: ` +
      `${
        models.join(", ")
      }, as they came and with their classifiers re-trained with GML on ${config.views} stored views ` +
      `(seeds ${seeds.join(", ")}), ${number(images.test)} test images.`,
    below: null,
    sections: [
      {
        heading: "Point, looks and models",
        text:
          "t: what is taken off the logits, t log(training images). By slope: chosen without labels, so that the slope " +
          "of how often classes are called against their training images is -0.15; each half of the test images is " +
          "predicted at the point that the other half chose. Flip: the mean of both probabilities, of an image as it is " +
          "and mirrored. Several models: the mean of their probabilities. Means over the seeds of the re-training, with " +
          "the standard deviation of the sample.",
        head: ["model", "way", "t", ...Object.values(METRICS)],
        words: 2,
        lines: rows.map(({ model, way, points: taken, metrics }) => ({
          cells: [
            model,
            way,
            points(taken),
            ...Object.keys(METRICS).map((key) => spread(metrics, key as keyof typeof METRICS)),
          ],
        })),
      },
      {
        heading: "How the point is chosen",
        text:
          "The point of models re-trained with the first seed, chosen by a part of the test images and judged on the " +
          "rest; three draws of each. Best: the largest H-mean of all points on the same images, which nobody can know " +
          "beforehand.",
        head: ["model", "chosen by", "t", "H-mean", "best"],
        words: 2,
        lines: choices.map(({ model, by, points: taken, hmeans, best }) => ({
          cells: [model, by, points(taken), formatSpread(spreadOf(hmeans)), formatSpread(spreadOf(best))],
        })),
      },
    ],
    facts: machineFacts(summary, { "Seeds": seeds.join(", ") }),
    command: `deno task reproduce beyond ${
      models.map((name) => `--checkpoint ${name}=FILE`).join(" ")
    } --data DIR --seeds ${seeds.length}`,
  };
}

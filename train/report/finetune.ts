import type { Config } from "../config/load.ts";
import { losses } from "../config/losses.ts";
import type { EpochRow, Summary } from "../results/records.ts";
import { dataWords, networkTitle, plural } from "./facts.ts";
import { originWords, renderRun, type RunReport } from "./run.ts";

/** What the report of a re-training tells of. */
export interface Report extends RunReport {
  config: Config;
  summary: Summary;
  /** All epochs. */
  epochs: readonly EpochRow[];
}

/**
 * The report of a re-training as one HTML file.
 *
 * @throws {TypeError} when nothing was re-trained.
 */
export async function renderReport(report: Report): Promise<string> {
  const { summary, epochs } = report;
  const { curve } = await import("./curves.ts");
  return renderRun(report, {
    task: "finetune",
    lead: whatWasDone(report),
    models: summary,
    curves: {
      heading: "Re-training",
      plots: [
        curve("loss", "Training loss", epochs, (row) => row.loss),
        curve("accuracy", "Training accuracy, %", epochs, (row) => row.accuracy),
      ],
    },
  });
}

/** What the run did, in one sentence. */
function whatWasDone({ config, summary, classes }: Report): string {
  const { data, epochs, views } = config;
  const how = config.classifier === "warm" ? "trained further" : "trained anew";
  const kind = data.augment ? "augmented " : "";
  const on = views === "fresh"
    ? `new ${kind}views in every epoch`
    : `${plural(Math.min(views, epochs), `stored ${kind}view`)} of every image`;
  const rest = config.statistics === "frozen" ? "" : " but for its batch-norm statistics";
  return [
    `The classifier of a ${networkTitle(config)}${originWords(config)} was ${how}`,
    ` with ${losses[config.loss.name].title} for ${plural(epochs, "epoch")} on ${on},`,
    ` the rest of the network frozen${rest}, on ${dataWords(data, summary.images, classes)}`,
  ].join("");
}

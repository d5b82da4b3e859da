import { losses } from "../config/losses.ts";
import { stepsOf } from "../config/parts.ts";
import { optimizerTitles } from "../setup/optimizer.ts";
import type { TrainEpochRow, TrainSummary } from "../results/records.ts";
import { dataWords, networkTitle, plural } from "./facts.ts";
import { originWords, renderRun, type RunReport } from "./run.ts";
import type { TrainConfig } from "../config/train.ts";

/** What the report of a training run tells of. */
export interface TrainReport extends RunReport {
  config: TrainConfig;
  summary: TrainSummary;
  /** All epochs. */
  epochs: readonly TrainEpochRow[];
}

/** The report of a training run as one HTML file. */
export async function renderTrainReport(report: TrainReport): Promise<string> {
  const { summary, epochs } = report;
  const { curve, curves } = await import("./curves.ts");
  const tests = epochs.flatMap(({ epoch, test }) => test ? [{ epoch, ...test }] : []);
  const over = (key: "mean" | "hmean" | "lowest") =>
    tests.map((test): [number, number] => [test.epoch, test[key]]);
  const plots = epochs.length === 0 ? [] : [
    curve("loss", "Training loss", epochs, (row) => row.loss),
    curve("accuracy", "Training accuracy, %", epochs, (row) => row.accuracy),
    curve("rate", "Learning rate", epochs, (row) => row.lr),
  ];
  // A single evaluation, at the end, is in the table above.
  if (tests.length > 1) {
    plots.push(curves("tests", "Recall on the test set, %", epochs.length, [
      { name: "mean", colour: "muted", points: over("mean") },
      { name: "H-mean", colour: "after", points: over("hmean") },
      { name: "lowest", colour: "worse", points: over("lowest") },
    ]));
  }
  const { count, images } = summary.batchParts;
  const parts = `in ${count} parts of ${images} images at most, for the memory`;
  const machine = { ...report.machine, ...count > 1 && { Batches: parts } };
  return renderRun({ ...report, machine }, {
    task: "train",
    lead: whatWasDone(report),
    models: { ...summary, ensemble: null },
    curves: { heading: "Training", plots },
  });
}

/** What the run did, in one sentence. */
function whatWasDone({ config, summary, classes }: TrainReport): string {
  const { train, classifier, tau, checkpoint, pretrained, seed, loss, mixup, paco, epochs, optimizer, data } =
    config;
  const part = {
    all: "A ",
    "last-stage": "The last stage and the classifier of a ",
    classifier: "The classifier of a ",
    scale: "The scales of the classes of a ",
  }[train];
  const drawn = checkpoint === null && pretrained === null ? `, drawn from seed ${seed},` : "";
  const weighted = loss.weights === "none" ? "" : " with weights of the classes";
  const mixed = mixup === null ? "" : " and mixup";
  const contrasted = paco === null ? "" : " and PaCo's contrast";
  const { name, lr, schedule } = optimizer;
  const steps = stepsOf(schedule);
  const down = schedule.kind === "cosine"
    ? "falling by half a cosine"
    : steps.length > 0
    ? `falling after epoch ${steps.join(" and ")}`
    : "constant";
  const kept = train === "all" ? "" : " with the rest of the network frozen";
  const begun = { "warm": "", "reinit": ", its classifier drawn anew,", "tau-norm": `, ${tauNorm(tau)},` };
  if (epochs === 0) {
    return `A ${networkTitle(config)}${originWords(config)}, ${tauNorm(tau)}, and nothing trained, on ` +
      dataWords(data, summary.images, classes);
  }
  return [
    `${part}${networkTitle(config)}${originWords(config)}${drawn}${begun[classifier]} was trained with `,
    `${losses[loss.name].title}${weighted}${mixed}${contrasted} for ${plural(epochs, "epoch")} by ${
      optimizerTitles[name]
    }, `,
    `learning rate ${lr} ${down},${kept} on ${data.augment ? "augmented " : ""}images of `,
    dataWords(data, summary.images, classes),
  ].join("");
}

function tauNorm(tau: number): string {
  return `the classifier's vectors divided by their lengths to the power of ${tau}`;
}

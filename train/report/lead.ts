import { plural } from "../progress/count.ts";
import { basename } from "node:path";
import type { FeaturesConfig } from "../config/schema/features.ts";
import type { Config } from "../config/load.ts";
import { losses } from "../config/schema/losses.ts";
import { stepsOf } from "../config/schema/optimizer.ts";
import type { TrainConfig } from "../config/schema/train.ts";
import { optimizerTitles } from "../setup/optimizer.ts";
import { dataWords, networkTitle, sizeWords } from "./facts.ts";
import type { RunReport } from "./run.ts";

/** Writes one sentence on the work of a run. */
export type Lead<C> = (config: C, report: Pick<RunReport, "summary" | "classes">) => string;

/** Writes one sentence on the work of a run of `finetune`. */
export const finetuneLead: Lead<Config> = (config, { summary, classes }) => {
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
};

/** Writes one sentence on the work of a run of `retrain-features`. */
export const featuresLead: Lead<FeaturesConfig> = (config, { summary, classes }) => {
  const { weight, classifier, loss, epochs, data } = config;
  const begun = weight !== null && classifier === "warm" ? "trained further" : "trained anew";
  const origin = weight === null ? "" : ` from ${basename(weight)}`;
  return `A classifier${origin} was ${begun} with ${losses[loss.name].title} for ${
    plural(epochs, "epoch")
  } on the ` +
    `features in ${basename(data.features!)}: ${sizeWords(summary.images, classes)}.`;
};

/** Writes one sentence on the work of a run of `train`. */
export const trainLead: Lead<TrainConfig> = (config, { summary, classes }) => {
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
};

function tauNorm(tau: number): string {
  return `the classifier's vectors divided by their lengths to the power of ${tau}`;
}

/** Where a run's network is from: a file, pretrained weights, the config of its stage 1, or nothing from scratch. */
export function originWords(
  { checkpoint, pretrained, stage1 }: {
    checkpoint: string | null;
    pretrained: string | null;
    stage1?: string | null;
  },
): string {
  if (checkpoint !== null) return ` from ${basename(checkpoint)}`;
  if (pretrained !== null) return ` from pretrained ${pretrained}`;
  return stage1 ? ` from stage 1 by ${basename(stage1)}` : "";
}

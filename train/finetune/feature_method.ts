import { hits, Parameters, shaped } from "../../engine/mod.ts";
import type { StepConfig } from "../config/schema/train.ts";
import { losses } from "../config/schema/losses.ts";
import type { ClassifierSetup } from "../setup/setup.ts";
import { alone } from "../team/share.ts";
import type { Method } from "../trainer/methods/method.ts";
import { Trainer } from "../trainer/trainer.ts";
import type { FeatureBatch } from "./feature_source.ts";

/**
 * A trainer of the classifier on features.
 *
 * @param setup The running statistics are there where a backbone is.
 */
export function featureTrainer(
  setup: ClassifierSetup & { statistics?: Parameters },
  config: StepConfig,
): Trainer<FeatureBatch> {
  const { statistics } = setup;
  const stores = statistics && config.statistics === "updated" ? [statistics] : [];
  return new Trainer(setup, config, () => featureMethod(setup, config, stores));
}

/**
 * Training the classifier on features of the frozen backbone, by a loss of its logits.
 *
 * Inputs of a step: features [size, F] and labels u32 [size].
 *
 * @param stores The running statistics, if the features are computed with updated ones: a run keeps them, too.
 */
function featureMethod(
  { device, network, counts }: ClassifierSetup,
  config: StepConfig,
  stores: readonly Parameters[],
): Method<FeatureBatch> {
  const { classifier, features: width } = network;
  const weights = new Parameters(device, classifier.tensors, "classifier");
  return {
    share: alone,
    judging: classifier.tensors,
    weights,
    stores,
    fresh: (state) => state,
    inputs: (count) => ({
      features: { shape: [count, width], dtype: "f32" },
      labels: { shape: [count], dtype: "u32" },
    }),
    graph({ features, labels }) {
      const logits = classifier.logits(features);
      const loss = losses[config.loss.name].of({
        ...config.loss,
        logits,
        labels,
        counts,
        weights: undefined,
      });
      return { loss, hits: hits(logits, labels), before: [], after: [] };
    },
    phases: "a step on features takes little but its batch",
    values: ({ features, labels, count }) => ({ features: shaped(features, [count, width]), labels }),
    [Symbol.dispose]: () => weights[Symbol.dispose](),
  };
}

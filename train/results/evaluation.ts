import { classMetrics, classRecalls, groupOf, type Metrics } from "./metrics.ts";
import { callsOf } from "../decision/blocks.ts";
import type { Member, Rule } from "../decision/decide.ts";
import { predict, type Scores } from "../decision/predict.ts";
import type { ClassRow } from "./records.ts";
import type { ClassifierSetup } from "../setup/setup.ts";

/** The results of a model on the test set. */
export interface Evaluation {
  metrics: Metrics;
  /** Recall of every class, as a fraction; NaN for a class without test images. */
  recalls: Float64Array;
  /** Predicted label of every test image. */
  predictions: Uint32Array;
}

/** Evaluates scores [test images, classes]. */
export function evaluateScores(scores: Scores, setup: ClassifierSetup): Evaluation {
  return evaluateCalls(predict(scores, setup.network.classes), setup);
}

/** Evaluates what a rule calls the test images. @param check Called before each block of images. */
export function evaluateRule(
  members: readonly Member[],
  rule: Rule,
  setup: ClassifierSetup,
  check: () => void,
): Evaluation {
  return evaluateCalls(callsOf(members, setup.network.classes, rule, check), setup);
}

function evaluateCalls(
  predictions: Uint32Array,
  { dataset, network, counts, groups }: ClassifierSetup,
): Evaluation {
  const recalls = classRecalls(predictions, dataset.test.labels, network.classes);
  return { metrics: classMetrics(recalls, counts, groups), recalls, predictions };
}

/**
 * Makes the rows of `recalls.csv`: recalls in per cent by class, for each model that exists; null for classes without test
 * images.
 */
export function evaluationRows(
  { dataset, counts, groups }: ClassifierSetup,
  before: Evaluation | null,
  after: Evaluation | null,
  ensemble: Evaluation | null,
): ClassRow[] {
  const percent = (model: Evaluation | null, label: number) =>
    model === null || Number.isNaN(model.recalls[label]) ? null : 100 * model.recalls[label];
  return dataset.classNames.map((name, label) => ({
    class: label,
    name,
    trainImages: counts[label],
    group: groupOf(counts[label], groups),
    before: percent(before, label),
    after: percent(after, label),
    ensemble: percent(ensemble, label),
  }));
}

import { tellChance } from "../results/chance.ts";
import { evaluateRule, type Evaluation } from "../results/evaluation.ts";
import type { BatchParts, Throughput } from "../results/records.ts";
import type { Chosen } from "../decision/choose.ts";
import { type Member, plainRule, type Rule } from "../decision/decide.ts";
import type { Progress } from "../progress/progress.ts";
import type { ClassifierSetup } from "../setup/setup.ts";
import type { Sized } from "./methods/method.ts";
import type { MoreLabels } from "../verdict/more_labels.ts";
import type { Trainer } from "./trainer.ts";

/** The results of a run. */
export interface Outcome {
  /** The model that the run began with; null from scratch, and if a part of the model was initialised. */
  before: Evaluation | null;
  after: Evaluation;
  /** Both models together; null without an ensemble. */
  ensemble: Evaluation | null;
  /** Logits of the test images by both models. */
  members: { before: Member[] | null; after: Member[] };
  /** The rule that the model after goes by; the model before goes by its costs alone. */
  rule: Rule;
  /** The point that was chosen; null where none was to choose. */
  chosen: Chosen | null;
  /** The gain that further labelled images bring; null where it was not measured. */
  moreLabels: MoreLabels | null;
  throughput: Throughput;
  batchParts: BatchParts;
}

/**
 * Evaluates the model that a run begins with, and prints a warning if it is no better than chance.
 *
 * @param costs `[classes, classes]` of mistakes, by which the trained model is judged too; null: all cost the same.
 * @param check Called before each block of images.
 */
export function evaluateBefore(
  members: Member[] | null,
  setup: ClassifierSetup,
  progress: Progress,
  costs: Float64Array | null,
  check: () => void,
): Evaluation | null {
  const before = members && evaluateRule(members, { ...plainRule, costs }, setup, check);
  if (before) tellChance(before, setup, progress);
  return before;
}

/** The parts that a trainer takes its batches in. */
export function batchPartsOf<B extends Sized>({ parts }: Trainer<B>): BatchParts {
  return { count: parts.length, images: Math.max(...parts) };
}

import { meanCost } from "../../decision/costs.ts";
import { callsOf, decideBlocks } from "../../decision/blocks.ts";
import type { Decided, Member, Rule } from "../../decision/decide.ts";
import { predict } from "../../decision/predict.ts";
import type { ClassifierSetup } from "../../setup/setup.ts";

/** Mean costs of a test image. */
export interface Cost {
  /** Cost of the classes taken, those of least expected cost. */
  taken: number;
  /** Cost of the likeliest classes, for comparison. */
  likeliest: number;
  /** The cost that the model itself expects of the classes taken; it is as far off as its probabilities are. */
  expected: number;
}

/** The parts of a setup that costs are counted on. */
interface CostSetup {
  dataset: { test: Pick<ClassifierSetup["dataset"]["test"], "labels"> };
  network: Pick<ClassifierSetup["network"], "classes">;
}

/**
 * Counts what a model's calls of the test images cost.
 *
 * @param members Logits of the test images, all that are averaged. @param check Called before each block of images.
 * @returns Null where all mistakes cost the same.
 */
export function costOf(
  { dataset: { test: { labels } }, network: { classes } }: CostSetup,
  members: readonly Member[],
  rule: Rule,
  check: () => void,
): Cost | null {
  const { costs } = rule;
  if (costs === null) return null;
  const taken = new Uint32Array(labels.length);
  const expected = new Float64Array(labels.length);
  for (const { from, ...decided } of decideBlocks(members, classes, rule, check)) {
    taken.set(predict(decided.scores, classes, from), from);
    expected.set(expectedCosts(decided, classes).taken, from);
  }
  const likeliest = callsOf(members, classes, { ...rule, costs: null }, check);
  return {
    taken: meanCost(labels, taken, costs, classes),
    likeliest: meanCost(labels, likeliest, costs, classes),
    expected: meanOf(expected),
  };
}

/**
 * The costs that a model expects of the class taken and of the likeliest class of each image.
 *
 * @param decided Made by a rule with costs. @returns `[images]` each.
 */
export function expectedCosts(
  { scores, probabilities }: Decided,
  classes: number,
): { taken: Float64Array; likeliest: Float64Array } {
  const of = (labels: Uint32Array) => Float64Array.from(labels, (label, i) => -scores[i * classes + label]);
  return { taken: of(predict(scores, classes)), likeliest: of(predict(probabilities, classes)) };
}

/** The mean of some costs; NaN of no costs. */
export function meanOf(costs: ArrayLike<number>): number {
  return Array.from(costs).reduce((sum, cost) => sum + cost, 0) / costs.length;
}

/** One sentence on the costs; null without them. */
export function costSentence(cost: Cost | null): string | null {
  if (cost === null) return null;
  const [taken, likeliest, expected] = [cost.taken, cost.likeliest, cost.expected].map(costText);
  return `The classes taken cost ${taken} a test image, the likeliest classes would cost ${likeliest}; ` +
    `the model expects ${expected}.`;
}

/** A mean cost as a sentence has it, to three digits or the unit. */
export function costText(cost: number): string {
  return cost >= 1000 ? cost.toFixed(0) : String(Number(cost.toPrecision(3)));
}

import type { Config } from "../config/load.ts";
import { pairOf, plainRule } from "../decision/decide.ts";
import type { RunRule } from "../predict/rule.ts";
import { evaluateRule } from "../results/evaluation.ts";
import type { Work } from "../saved/work.ts";
import type { ClassifierSetup } from "../setup/setup.ts";
import type { Outcome } from "../trainer/outcome.ts";

/** @throws {RangeError} when two models are to be averaged of which an adjustment moves one. */
export function checkAdjust(
  { ensemble, adjust: { t } }: Pick<Config, "ensemble"> & { adjust: Pick<Config["adjust"], "t"> },
): void {
  if (ensemble === null || t === 0) return;
  throw new RangeError(
    `Cannot adjust by t = ${t} and average with stage 1: it takes one of both, as t is folded into the re-trained ` +
      "classifier alone: set ensemble: null",
  );
}

/**
 * Evaluates a re-trained model by a rule, and its ensemble with the model before; the last epoch of the work gets the
 * metrics.
 *
 * @param check Called before each block of images.
 */
export function judged(
  members: Outcome["members"],
  { rule, chosen }: RunRule,
  setup: ClassifierSetup,
  { ensemble }: Pick<Config, "ensemble">,
  work: Work,
  check: () => void,
): Pick<Outcome, "after" | "ensemble" | "members" | "rule" | "chosen"> {
  const { before } = members;
  const after = evaluateRule(members.after, rule, setup, check);
  const last = work.epochs.at(-1);
  if (last) last.test = after.metrics;
  const pairs = ensemble && before &&
    members.after.flatMap(({ logits }, i) => pairOf(logits, before[i].logits, ensemble));
  return {
    ...{ after, members, rule, chosen },
    ensemble: pairs && evaluateRule(pairs, { ...plainRule, costs: rule.costs }, setup, check),
  };
}

import type { ImageSet } from "../../data/mod.ts";
import type { Config } from "../config/load.ts";
import { choosePoint, type Chosen } from "../decision/choose.ts";
import type { Rule } from "../decision/decide.ts";
import type { Setup } from "../setup/setup.ts";

/** Computes a model's logits of images, for each look at them. @param name What progress calls it. */
type LogitsOf = (set: ImageSet, name: string) => Promise<Float32Array[]>;

/**
 * Makes the rule that a config's `adjust` asks for; `auto` chooses the point on validation images.
 *
 * @throws {RangeError} when there are no validation images, or none of use.
 */
export async function chooseRule(
  { validation, network: { classes }, counts }: Pick<Setup, "validation" | "network" | "counts">,
  { adjust }: Pick<Config, "adjust">,
  logitsOf: LogitsOf,
): Promise<{ rule: Rule; chosen: Chosen | null }> {
  const { t, target, giveUp } = adjust;
  const rule = { counts, costs: null };
  if (t !== "auto") return { rule: { ...rule, adjust: t }, chosen: null };
  checkValidation(validation);
  const members = (await logitsOf(validation, "evaluate validation images")).map((logits) => ({ logits }));
  const chosen = choosePoint({ members, labels: validation.labels, classes, counts }, target, giveUp);
  return { rule: { ...rule, adjust: chosen.t }, chosen };
}

/** @throws {RangeError} when there are no validation images. */
export function checkValidation(validation: ImageSet | null): asserts validation is ImageSet {
  if (validation && validation.count > 0) return;
  throw new RangeError(
    "Cannot choose t: it takes images that no model was trained or is tested on, current run has none: set " +
      "data.validationShare=0.1 before stage 1 is trained, or give validation images as a split. The training images do " +
      "not do, the backbone knows them by heart, and a point chosen on the test images would say nothing about others",
  );
}

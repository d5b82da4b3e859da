import type { ImageSet } from "../../data/mod.ts";
import type { Config } from "../config/load.ts";
import { checkChoice, choosePoint, type Choosing, type Chosen } from "../decision/choose.ts";
import { costsOfCsv, costsOfPairs, type GivenCosts } from "../decision/costs.ts";
import type { Member, Rule } from "../decision/decide.ts";
import type { ClassifierSetup, Setup } from "../setup/setup.ts";
import { unlabelledImages } from "./unlabelled.ts";

/** The rule that a run goes by, and the point that was chosen for it; null where none was to choose. */
export interface RunRule {
  rule: Rule;
  chosen: Chosen | null;
}

/** The classes that a rule is made for. */
interface RuleSetup {
  network: Pick<ClassifierSetup["network"], "classes">;
  counts: Uint32Array;
  dataset: Pick<ClassifierSetup["dataset"], "classNames">;
}

/**
 * Makes the rule that a config asks for. `adjust.t: auto` chooses the point: on unlabelled images, where the config names
 * some, or else on validation images; never on images that a model was trained or is tested on.
 *
 * @param membersOf Computes the logits of images by all models, for each look at them; `name` is for progress.
 * @param check Called amid a choice, which never waits.
 * @throws {RangeError} when there is nothing to choose by, or costs are not those of the classes.
 */
export async function runRule(
  setup: Pick<Setup, "dataset" | "train" | "validation" | "network" | "counts">,
  config: Pick<Config, "adjust" | "costs" | "data">,
  membersOf: (set: ImageSet, name: string) => Promise<Member[]>,
  check: () => void,
): Promise<RunRule> {
  const { adjust: { unlabelled }, data } = config;
  return await ruleBy(setup, config, async () => {
    const isLabelled = unlabelled === null;
    const set = isLabelled
      ? validationImages(setup)
      : await unlabelledImages(unlabelled, setup.dataset.test, data.maxPixels);
    checkApart(set, setup);
    const members = await membersOf(set, isLabelled ? "validation images" : "images without labels");
    return { members, labels: isLabelled ? set.labels : null };
  }, check);
}

/**
 * Makes the rule that a config asks for, its point chosen by what `look` finds where the config asks for a choice.
 *
 * @param look Computes the logits of images that no model was trained or is tested on.
 * @param check Called amid a choice, which never waits.
 * @throws {RangeError} when these cannot choose, or costs are not those of the classes.
 */
export async function ruleBy(
  { network: { classes }, counts, dataset: { classNames } }: RuleSetup,
  config: { adjust: Omit<Config["adjust"], "unlabelled">; costs: Config["costs"] },
  look: () => Promise<Pick<Choosing, "members" | "labels">>,
  check: () => void,
): Promise<RunRule> {
  const { t, target, giveUp } = config.adjust;
  const costs = await costMatrix(config.costs, classNames);
  if (t !== "auto") return { rule: { counts, costs, adjust: t }, chosen: null };
  const chosen = choosePoint({ ...await look(), classes, counts, check }, target, giveUp);
  return { rule: { counts, costs, adjust: chosen.t }, chosen };
}

/** @throws {Error} before anything is computed, where no rule could be made after it. */
export async function checkRule(
  setup: Pick<Setup, "dataset" | "validation" | "counts">,
  config: Pick<Config, "adjust" | "costs">,
): Promise<void> {
  checkChoosing(setup, config);
  await costMatrix(config.costs, setup.dataset.classNames);
}

/** @throws {RangeError} before anything is trained, where no point could be chosen after it. */
export function checkChoosing(
  setup: Pick<Setup, "validation" | "counts">,
  { adjust: { t, giveUp, unlabelled } }: Pick<Config, "adjust">,
): void {
  if (t !== "auto") return;
  const isLabelled = unlabelled === null;
  if (isLabelled) validationImages(setup);
  checkChoice({ counts: setup.counts, isLabelled }, giveUp);
}

/** The matrix of given costs: of pairs, or of a CSV file; null for null. @throws {Error} when the file cannot be read. */
export async function costMatrix(
  given: string | GivenCosts | null,
  classNames: readonly string[],
): Promise<Float64Array | null> {
  if (given === null) return null;
  if (typeof given !== "string") return costsOfPairs(given, classNames);
  const text = await Deno.readTextFile(given).catch((cause) => {
    throw new Error(`Cannot read the costs ${given}: ${cause.message}`, { cause });
  });
  return costsOfCsv(text, classNames, given);
}

function validationImages({ validation }: Pick<Setup, "validation">): ImageSet {
  if (validation && validation.count > 0) return validation;
  throw new RangeError(
    "Cannot choose t: it takes images that no model was trained or is tested on, current run has none: set " +
      "data.validationShare=0.1 before stage 1 is trained, give validation images as a split, or images without labels " +
      "by --unlabelled DIR. Training images do not do, the network knows them by heart; a point chosen on the test images " +
      "would say nothing about others",
  );
}

/** @throws {RangeError} when an image to choose by is a training or a test image. */
function checkApart(set: ImageSet, { train, dataset: { test } }: Pick<Setup, "train" | "dataset">): void {
  if (set.kind !== "encoded" || set.ranges) return;
  for (const [name, others] of [["training", train], ["test", test]] as const) {
    if (others.kind !== "encoded") continue;
    const known = new Set(others.files);
    const shared = set.files.filter((file) => known.has(file));
    if (shared.length === 0) continue;
    const why = name === "training"
      ? "the network knows these by heart, so they favour another point than new images"
      : "the test images could not tell any more how well new images are recognised";
    throw new RangeError(
      `Cannot choose t: it takes images apart from the ${name} images, current ones share ${shared.length} with them, ` +
        `such as ${shared[0]}: ${why}`,
    );
  }
}

import { choosePoint, type Chosen } from "../decision/choose.ts";
import type { GivenCosts } from "../decision/costs.ts";
import type { TestTime } from "../decision/decide.ts";
import type { Target } from "../decision/objectives.ts";
import type { ModelFacts } from "../model/facts.ts";
import type { Judging } from "./panel.ts";
import { costMatrix } from "./rule.ts";

/** The wishes of a caller: how a model's logits become a class. */
export interface Wishes {
  /** Looks at an image; null: as the model's run took them. */
  tta: TestTime | null;
  adjust: {
    /** The t of `logits - t log N`; auto: by the slope of calls on the very images that are predicted. */
    t: number | "auto";
    target: Target;
  };
  costs: string | GivenCosts | null;
}

/** Where no counts are known. */
const COUNTS = "counts=[500,300,...], the training images of each class in the order of the labels";

/**
 * The way from images to a class that a caller wants of a model.
 *
 * @param path The checkpoint, for messages. @param onChosen Hears of a point that was chosen.
 * @throws {RangeError} when an adjustment lacks the training images of each class, or costs are not those of the classes.
 */
export async function judgingOf(
  path: string,
  { classNames, counts, tta }: Pick<ModelFacts, "classNames" | "counts" | "tta">,
  wishes: Wishes,
  onChosen: (chosen: Chosen) => void = () => {},
): Promise<Judging> {
  const { adjust: { t, target } } = wishes;
  const classes = classNames.length;
  const costs = await costMatrix(wishes.costs, classNames);
  const looks = wishes.tta ?? tta;
  if (t === 0) return { tta: looks, rule: { adjust: 0, counts, costs } };
  if (counts?.length !== classes) {
    throw new RangeError(
      `Cannot adjust the model ${path}: it takes the training images of each of ${classes} classes, ` +
        `${
          counts ? `${counts.length} counts are given` : "the file does not tell them"
        }: give --set ${COUNTS}`,
    );
  }
  if (t !== "auto") return { tta: looks, rule: { adjust: t, counts, costs } };
  return {
    tta: looks,
    rule(members, check) {
      const chosen = choosePoint({ members, labels: null, classes, counts, check }, target);
      onChosen(chosen);
      return { adjust: chosen.t, counts, costs };
    },
  };
}

import { plural } from "../progress/count.ts";
import type { Dataset, ImageSet } from "../../data/mod.ts";
import type { KnownClasses } from "./class_order.ts";
import type { Progress } from "../progress/progress.ts";
import type { Setup } from "./setup.ts";
import type { Config } from "../config/load.ts";

/** Most classes that a message names. */
const NAMED = 5;

/**
 * Divides the training images that the cut keeps into those to learn from and those for validation: the data set's own split,
 * or the images that `data.validationShare` sets aside; null: there are none. Tells what is set aside.
 *
 * @throws {RangeError} when the data set's own split does not fit its training images.
 */
export function withValidation(
  { validation, classNames }: Dataset,
  cut: ImageSet,
  { validationShare: share, seed }: Pick<Config["data"], "validationShare" | "seed">,
  progress: Progress,
): Pick<Setup, "train" | "validation"> {
  const number = (n: number) => n.toLocaleString("en");
  if (validation !== undefined && validation.count > 0) {
    checkSplit(validation, cut);
    if (share > 0) {
      progress.line(
        "data.validationShare sets no images aside: the data have a validation split, of " +
          `${plural(validation.count, "image")}`,
      );
    }
    return { train: cut, validation };
  }
  if (share === 0) return { train: cut, validation: null };
  const [kept, aside] = cut.setAside({ share, seed });
  const counts = aside.classCounts();
  const without = classNames.filter((_, label) => counts[label] === 0);
  const classes = classNames.length;
  progress.line(
    `${plural(aside.count, "training image")} of ${
      classes - without.length
    } of ${classes} classes are set aside for ` +
      `validation, ${share} of each class by seed ${seed}`,
  );
  if (without.length > 0) {
    const more = without.length - NAMED;
    progress.line(
      `${without.length} of ${classes} classes have too few training images to set any aside: ` +
        `${without.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${number(more)} more` : ""}`,
    );
  }
  return { train: kept, validation: aside.count > 0 ? aside : null };
}

/**
 * Tells that a checkpoint may have learned from the images that were set aside, unless it names the run's own numbers of
 * training images.
 */
export function tellLearned({ counts: there }: KnownClasses, counts: Uint32Array, progress: Progress): void {
  const sorted = (list: Iterable<number>) => [...list].sort((a, b) => a - b).join();
  if (there && sorted(there) === sorted(counts)) return;
  progress.line(
    (there
      ? "The checkpoint was trained on other numbers of images than this run keeps"
      : "The checkpoint does not tell which images it was trained on") +
      ", so it may have learned from the validation images: train it with the same data.validationShare and data.seed",
  );
}

/** @throws {RangeError} when a split has other classes or channels than the training images, or a label of no class. */
function checkSplit(validation: ImageSet, train: ImageSet): void {
  const facts = ({ classNames, channels }: ImageSet) =>
    `${classNames.length} classes and ${channels} channels`;
  const sameNames = JSON.stringify(validation.classNames) === JSON.stringify(train.classNames);
  if (!sameNames || validation.channels !== train.channels) {
    throw new RangeError(
      "Cannot use the validation images: it takes the classes of the training images, in their order, and their channels " +
        `(${facts(train)}), current have ${facts(validation)}${
          sameNames ? "" : ", the names of classes differ"
        }`,
    );
  }
  validation.classCounts();
}

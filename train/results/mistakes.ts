import { type Thumbnail, thumbnail } from "../../data/mod.ts";
import type { ClassifierSetup } from "../setup/setup.ts";

/** Classes that mistakes are shown of, and mistakes of each class. */
const [CLASSES, PER_CLASS] = [10, 8];

/** Most bytes of all pictures together. */
const MOST_BYTES = 1.4e6; // base64 makes 4 bytes of 3

/** Predicted class of every test image, and its probability. */
export interface Predicted {
  predictions: Uint32Array;
  confidences: Float64Array;
}

/** A test image that a model takes for another class. */
export interface Mistake {
  /** Place of the image in the test set. */
  index: number;
  /** The class that the model takes the image for. */
  predicted: number;
  /** Probability of that class by the model, 0 to 1. */
  confidence: number;
  /** Path below the data's folder, if the image is a file of its own. */
  path: string | null;
  /** null if the image is broken, other pictures fill the report, or features alone are known of the image. */
  picture: Thumbnail | null;
}

/** The most confident mistakes of the worst classes. */
export interface Mistakes {
  classes: { label: number; images: number; wrong: number; mistakes: Mistake[] }[];
  /** Why there are no pictures; null if there are pictures. */
  trouble: string | null;
}

/** The most confident mistakes of the classes of the lowest recall, with pictures where there are images. */
export async function mistakesOf(
  { test, root, classNames }: Pick<ClassifierSetup["dataset"], "test" | "root" | "classNames">,
  model: Predicted,
): Promise<Mistakes> {
  const classes = worstMistakes(test.labels, model, classNames.length);
  const pathOf = (index: number) => {
    if (test.kind !== "encoded" || test.ranges) return null;
    const path = test.files[index];
    return root !== undefined && path.startsWith(root) ? path.slice(root.length).replace(/^\//, "") : path;
  };
  let [bytes, trouble] = [0, null as string | null];
  const pictureOf = async (index: number) => {
    if (test.kind === "features" || trouble !== null || bytes >= MOST_BYTES) return null;
    try {
      const picture = await thumbnail(test, index);
      bytes += picture?.bytes.length ?? 0;
      return picture && bytes <= MOST_BYTES ? picture : null;
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
      return null;
    }
  };
  const shown: Mistakes["classes"] = [];
  for (const { found, ...each } of classes) {
    const mistakes: Mistake[] = [];
    for (const mistake of found) {
      const { index } = mistake;
      mistakes.push({ ...mistake, path: pathOf(index), picture: await pictureOf(index) });
    }
    shown.push({ ...each, mistakes });
  }
  return { classes: shown, trouble };
}

/** The classes of the lowest recall and their most confident mistakes; classes without a mistake are left out. */
export function worstMistakes(
  labels: ArrayLike<number>,
  { predictions, confidences }: Predicted,
  classCount: number,
) {
  const classes = Array.from({ length: classCount }, (_, label) => ({
    label,
    images: 0,
    wrong: 0,
    found: [] as { index: number; predicted: number; confidence: number }[],
  }));
  for (let index = 0; index < labels.length; index++) {
    const each = classes[labels[index]];
    each.images++;
    if (predictions[index] === labels[index]) continue;
    each.wrong++;
    each.found.push({ index, predicted: predictions[index], confidence: confidences[index] });
  }
  return classes.filter(({ wrong }) => wrong > 0)
    .sort((a, b) => b.wrong / b.images - a.wrong / a.images)
    .slice(0, CLASSES)
    .map((each) => ({
      ...each,
      found: each.found.sort((a, b) => b.confidence - a.confidence).slice(0, PER_CLASS),
    }));
}

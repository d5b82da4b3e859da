import { indicesByClass } from "./class_counts.ts";
import { hash32, LegacyRandom } from "../base/random.ts";

/**
 * Splits images into a training and a test set: each class gives `share` of its images, rounded, to the test set, and
 * both sets get at least one image of each class. The draw of a class depends on the seed and its label alone, so images
 * added to another class do not change it.
 *
 * @param options `share` above 0 and below 1; `origin` names their folder in messages.
 * @returns ascending indices.
 * @throws {RangeError} when a class has a single image.
 */
export function splitByShare(
  labels: Uint32Array,
  classNames: readonly string[],
  { share, seed, origin }: { share: number; seed: number; origin: string },
): { train: Uint32Array; test: Uint32Array } {
  const isTest = new Uint8Array(labels.length);
  const single: string[] = [];
  for (const [label, indices] of indicesByClass(labels, classNames.length).entries()) {
    const count = indices.length;
    if (count === 1) single.push(classNames[label]);
    if (count < 2) continue;
    new LegacyRandom(hash32(seed, label)).shuffle(indices);
    const tests = Math.min(count - 1, Math.max(1, Math.round(share * count)));
    for (const index of indices.subarray(0, tests)) isTest[index] = 1;
  }
  if (single.length > 0) {
    throw new RangeError(
      `Cannot split the images of ${origin}: it takes two or more of every class, one to learn from and one to ` +
        "test with, " +
        `current ${single.length === 1 ? "class" : "classes"} with one: ${single.slice(0, 10).join(", ")}` +
        `${single.length > 10 ? ` and ${single.length - 10} more` : ""}: add images, or take the class out`,
    );
  }
  const where = (value: number) => Uint32Array.from(labels.keys().filter((i) => isTest[i] === value));
  return { train: where(0), test: where(1) };
}

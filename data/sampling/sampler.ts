import { indicesByClass } from "./class_counts.ts";
import { hash32, LegacyRandom } from "../base/random.ts";

/** The order in which an epoch visits the images. */
export type Sampler = "instance" | "class-balanced" | "sequential";

/**
 * The order of one epoch: as many indices as there are labels, the same for the same seed and epoch.
 *
 * - `instance`: every image once, shuffled;
 * - `class-balanced`: each draw picks a class uniformly, then the class's next image from a shuffled list, which is
 *   shuffled again when all its images were drawn. Classes without images are never picked;
 * - `sequential`: every image once, in the order of the set.
 *
 * @throws {RangeError} when a label is not below `classes`.
 *
 * @example
 * ```ts
 * import { epochOrder } from "everyclass/data";
 * const order = epochOrder(Uint32Array.of(0, 0, 1), 2, { sampler: "instance", seed: 0, epoch: 0 });
 * console.log(order.toSorted()); // [0, 1, 2]
 * ```
 */
export function epochOrder(
  labels: Uint32Array,
  classes: number,
  options: { sampler: Sampler; seed: number; epoch: number },
): Uint32Array {
  const random = new LegacyRandom(hash32(options.seed, options.epoch));
  if (options.sampler === "class-balanced") return balanced(labels, classes, random);
  const order = Uint32Array.from(labels, (_, i) => i);
  if (options.sampler === "instance") random.shuffle(order);
  return order;
}

function balanced(labels: Uint32Array, classes: number, random: LegacyRandom): Uint32Array {
  const lists = indicesByClass(labels, classes).filter((list) => list.length > 0);
  const next = lists.map((list) => list.length);
  return Uint32Array.from(labels, () => {
    const c = random.interval(lists.length - 1);
    if (next[c] === lists[c].length) {
      random.shuffle(lists[c]);
      next[c] = 0;
    }
    return lists[c][next[c]++];
  });
}

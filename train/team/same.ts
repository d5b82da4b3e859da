import { digestOf, type ImageSet } from "../../data/mod.ts";
import type { Communicator } from "../../engine/mod.ts";

/** The images of a run. */
interface Images {
  train: ImageSet;
  validation: ImageSet | null;
  dataset: { test: ImageSet };
}

/**
 * Compares the images of all processes. All call it.
 *
 * @throws {Error} when this process has other images than rank 0.
 */
export async function checkSame(communicator: Communicator, images: Images): Promise<void> {
  const { train, validation, dataset: { test } } = images;
  const own = new TextEncoder().encode([train, test, validation].map((set) => set && digestOf(set)).join());
  const leaders = await communicator.broadcast(own);
  if (own.length === leaders.length && own.every((byte, i) => byte === leaders[i])) return;
  throw new Error(
    "Cannot compute with the other processes: it takes the images of rank 0, current ones are others: give each host " +
      "the same files",
  );
}

import { digestOf, type ImageSet } from "../../data/mod.ts";

/** The images of a run. */
interface Images {
  train: ImageSet;
  validation: ImageSet | null;
  dataset: { test: ImageSet };
}

/** Digests of all images of a run. */
export function digestsOf({ train, validation, dataset: { test } }: Images): string {
  return [train, test, validation].map((set) => set && digestOf(set)).join();
}

/** @param digests Those of rank 0. @throws {Error} when this process has other images. */
export function checkSame(images: Images, digests: string): void {
  if (digestsOf(images) === digests) return;
  throw new Error(
    "Cannot compute with the other processes: it takes the images of rank 0, current ones are others: give each host " +
      "the same files, with their times of change (rsync -a)",
  );
}

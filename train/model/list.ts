import { createHash } from "node:crypto";
import { digestOf, type EncodedImages, formatList, type ImageSet } from "../../data/mod.ts";

/** Writes the list file of images that are files below a folder. */
export function listText(root: string, { files, labels }: EncodedImages): string {
  const start = root.endsWith("/") ? root.length : root.length + 1;
  return formatList(files.map((file) => file.slice(start)), labels);
}

/** Digests of sets: to make one, all images are read, and checkpoints are written every few seconds. */
const digests = new WeakMap<ImageSet, string>();

/**
 * The SHA-256, in hex, of what a model was trained on: of the list file where the images are files, which a run folder
 * holds as `train-list.txt`, else of pixels and labels. It does not depend on where the images are or when they were copied.
 *
 * @param root The folder of all images, where each image is a file.
 */
export function trainingDigest(set: ImageSet, root: string | undefined): string {
  const digest = digests.get(set) ?? digestNow(set, root);
  digests.set(set, digest);
  return digest;
}

function digestNow(set: ImageSet, root: string | undefined): string {
  if (set.kind === "memory") return digestOf(set);
  const hash = createHash("sha256");
  if (root !== undefined) return hash.update(listText(root, set)).digest("hex");
  return hash.update(set.labels).update(set.ranges ?? new Uint8Array()).digest("hex");
}

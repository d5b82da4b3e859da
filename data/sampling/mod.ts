/**
 * Which samples are trained on and which are tested with, whatever the samples are.
 *
 * @module
 */
export { splitByShare } from "./split.ts";
export { classCounts } from "./class_counts.ts";

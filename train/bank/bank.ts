import type { ImageSet } from "../../data/mod.ts";
import type { Pass } from "../extractor.ts";
import type { FeatureRows } from "./rows.ts";

/** Where a run gets features from. An extractor is one that keeps nothing but what it returns. */
export interface FeatureBank {
  /** The features of a pass over a set; what is not there is computed. */
  rows(set: ImageSet, pass: Pass): Promise<FeatureRows>;
}

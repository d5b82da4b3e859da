import type { ImageSet } from "../../../data/mod.ts";
import type { Pass } from "../extractor.ts";
import type { FeatureRows } from "../rows.ts";

/** Where a run gets features from. */
export interface FeatureBank {
  /**
   * The features of a pass over a set; what is not there is computed.
   *
   * @param options.once Whether they are used but once, until the next ones are asked for.
   * @throws {NonFiniteError} when a feature is NaN or infinite. @throws {Interrupted} when the run was stopped.
   */
  rows(set: ImageSet, pass: Pass, options?: { once?: boolean }): Promise<FeatureRows>;
}

/** A bank that may hold files. */
export type OpenBank = FeatureBank & AsyncDisposable;

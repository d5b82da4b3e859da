import type { ImageSet } from "../../../data/mod.ts";
import type { Pass } from "../pass.ts";
import type { FeatureRows } from "../rows.ts";

/** The source of a run's features. */
export interface FeatureBank {
  /**
   * The features of a pass over a set; missing features are computed.
   *
   * @param options.once True if the features are used only until the next features are asked for.
   * @throws {NonFiniteError} when a feature is NaN or infinite. @throws {Interrupted} when the run was stopped.
   */
  rows(set: ImageSet, pass: Pass, options?: { once?: boolean }): Promise<FeatureRows>;
}

/** A bank that may hold files. */
export type OpenBank = FeatureBank & AsyncDisposable;

import { createHash } from "node:crypto";
import { classCounts } from "../../data/sampling/mod.ts";
import type { MemoryRows } from "../features/memory.ts";
import type { FeatureSet } from "../setup/setup.ts";
import { pickRows } from "./rows.ts";

/** Labelled rows of features in memory, one view of them or several. */
export class FeatureTable implements FeatureSet {
  /** Tells the kind of a set. */
  readonly kind = "features";
  readonly count: number;
  #digest: string | null = null;

  /**
   * @param views Features of the same rows, a view for each. @param labels [rows of a view].
   * @param classes Number of classes.
   */
  constructor(
    readonly views: readonly MemoryRows[],
    readonly labels: Uint32Array,
    private readonly classes: number,
  ) {
    this.count = labels.length;
  }

  /** A digest of features and labels, made when it is first asked for. */
  get digest(): string {
    if (this.#digest === null) {
      const hash = createHash("sha256").update(JSON.stringify([this.views.length, this.views[0].width]));
      hash.update(this.labels);
      for (const { values } of this.views) hash.update(values);
      this.#digest = hash.digest("hex");
    }
    return this.#digest;
  }

  /** Counts the rows of each class. */
  classCounts(): Uint32Array {
    return classCounts(this.labels, this.classes);
  }

  /** The rows at these places. @param views Number of views to keep. */
  subset(places: Uint32Array, views = this.views.length): FeatureTable {
    return new FeatureTable(
      this.views.slice(0, views).map((rows) => pickRows(rows, places)),
      Uint32Array.from(places, (place) => this.labels[place]),
      this.classes,
    );
  }
}

import type { ImageSet } from "../../../data/mod.ts";
import { loadState, readState } from "../../../engine/mod.ts";
import type { Saving } from "../../progress/saving.ts";
import type { Setup } from "../../setup/setup.ts";
import type { Extractor } from "../extractor.ts";
import type { Pass } from "../pass.ts";
import { memoryRows } from "../memory.ts";
import type { FeatureRows } from "../rows.ts";
import type { PartHolder, ViewPart } from "../view_part.ts";
import type { FeatureBank } from "./bank.ts";

/** The objects that a memory bank works with. */
export interface MemoryBankParts {
  setup: Pick<Setup, "statistics" | "network">;
  extractor: Extractor;
  signal: AbortSignal;
  /** Holds the pass under way, so that a pass that is cut off goes on from its last save. */
  work: PartHolder;
  saving?: Saving | undefined;
}

/** Features in memory, saved on the way with the work of the run. */
export class MemoryBank implements FeatureBank {
  constructor(private readonly parts: MemoryBankParts) {}

  /** The features of a pass over a set. See {@linkcode FeatureBank.rows}. */
  async rows(set: ImageSet, pass: Pass): Promise<FeatureRows> {
    const { setup, extractor, signal, work, saving } = this.parts;
    const part = this.#partOf(set, pass);
    if (part.statistics) loadState([setup.statistics], part.statistics);
    let reached = part.done;
    const put = async (samples: Uint32Array, rows: Float32Array) => {
      part.rows.put(samples, rows);
      reached += samples.length;
      const isWhole = reached === set.count;
      const isDue = !isWhole && saving !== undefined && saving.isDue();
      if (pass.statistics === "frozen") part.done = reached;
      // Rows and statistics belong together: only where both are at hand the pass can go on from here.
      else if (isWhole || isDue || signal.aborted) {
        part.statistics = await readState([setup.statistics]); // sync point
        part.done = reached;
      }
      if (isDue) saving!.save();
    };
    work.part = part;
    if (reached < set.count) await extractor.extract(set, pass, { put }, { from: reached, to: set.count });
    return part.rows;
  }

  /** The part of a pass that is there, or a new one. */
  #partOf({ count }: ImageSet, { name, statistics }: Pass): ViewPart {
    const { setup: { network }, work } = this.parts;
    const { part } = work;
    const isOwn = part?.name === name && part.rows.count === count && part.done > 0 &&
      (part.statistics !== null) === (statistics === "updated");
    if (isOwn) return part;
    work.part = null; // its memory is free for the new one
    return { name, done: 0, rows: memoryRows(count, network.features), statistics: null };
  }
}

import type { State } from "../setup/setup.ts";
import type { MemoryRows } from "./memory.ts";

/** A pass over a set of images of which some features are there. */
export interface ViewPart {
  /** Name of the pass. */
  name: string;
  /** Images whose features are there, in the order of the pass. */
  done: number;
  /** Rows for all images of the set. */
  rows: MemoryRows;
  /** The running statistics after these images, where the pass updates them; null before the first and where it does not. */
  statistics: State | null;
}

/** A holder of the pass under way, such as a run's work. */
export interface PartHolder {
  part: ViewPart | null;
}

import type { RawTensor } from "../tensors/raw_tensor.ts";

/** A tensor whose shape or type is not the expected one. */
export interface Misshaped {
  /** Its name in the network. */
  name: string;
  /** The network's shape. */
  expected: readonly number[];
  /** The file's shape. */
  given: readonly number[];
  /** The file's type. */
  dtype: RawTensor["dtype"];
}

/** The names of a checkpoint and a network that do not fit; all three lists are complete. */
export interface Mismatch {
  /** Names of the network that the file does not have. */
  missing: string[];
  /** Names of the file that the network does not have. */
  unexpected: string[];
  /** Names of both whose shapes differ, or whose numbers are integers in the file. */
  misshaped: Misshaped[];
}

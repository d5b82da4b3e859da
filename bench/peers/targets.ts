import type { Row } from "./workloads.ts";
import { OURS, sumOf } from "./ratios.ts";

/** What a comparison should come to: how many times faster than a peer, by the sum of some workloads. */
export interface Target {
  /** What is held against the peer. */
  name: string;
  /** Its workloads: their times are added. */
  workloads: readonly string[];
  peer: string;
  /** The peer's time over ours, at least. */
  atLeast: number;
}

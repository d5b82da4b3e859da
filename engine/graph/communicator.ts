/**
 * Processes that compute together, each with a device of its own. All of them call the same methods in the same order,
 * and each call ends when all have come to it. A process may make its next call before the last has ended.
 */
export interface Communicator {
  /** This process among them, from 0. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;
  /** Adds up, in place, the values of all ranks: each rank gets the same bits. All give as many. */
  allReduce(values: Float32Array): Promise<void>;
  /** The values of all ranks, those of rank 0 first. Ranks may give different numbers of values, and none. */
  allGather(values: Float32Array): Promise<Float32Array>;
  /** The bytes that rank 0 gives; those of other ranks are of no account. */
  broadcast(bytes: Uint8Array): Promise<Uint8Array>;
}

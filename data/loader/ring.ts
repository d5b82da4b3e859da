// The memory that a Loader shares with its Workers: slots for batches and the numbers that say whose turn it is.
//
// Workers take the next batch's number, wait until its slot is free, fill it, mark it ready and tell the loader by a
// message. A slot is free again when the loader counts its batch as used. The loader never waits with Atomics: it may
// be on the main thread.
import type { BatchOptions } from "./batch_reader.ts";
import type { BrokenImage } from "../base/errors.ts";

/** Places in {@linkcode Ring.control}. */
export const CONTROL = {
  /** Number of the current run; a Worker that is at another run stops. */
  run: 0,
  /** The next batch that no Worker has taken. */
  next: 1,
  /** Batches that the consumer is done with. */
  used: 2,
  /** Number of broken images that Workers have reported. */
  broken: 3,
  /** From here on, one place for each slot: the number of the batch in it + 1. */
  ready: 4,
} as const;

/** Above every batch number: nobody waits for a slot any more. */
export const NO_LIMIT = 0x7fffffff;

/** Memory shared between the loader and its Workers. */
export interface Ring {
  control: Int32Array;
  /** Each slot holds the images of one batch. */
  slots: Uint8Array[];
}

/** The message that sets a Worker up, once. */
export interface WorkerSetup extends BatchOptions {
  ring: Ring;
}

/** The message that starts an order. */
export interface WorkerRun {
  run: number;
  order: Uint32Array;
  view: number;
}

/** Messages to a Worker; `close` ends it when its decoders have ended. */
export type ToWorker = { setup: WorkerSetup } | { start: WorkerRun } | { close: true };

/**
 * Messages from a Worker: images are broken, a batch is ready, or the run has ended, with an error where it failed.
 * `decoding`: a decoder that was abandoned still runs.
 */
export type FromWorker =
  | { broken: BrokenImage[] }
  | { ready: number }
  | { ended: number; error: Error | undefined; decoding: boolean };

/** A ring in shared memory. */
export function newRing(depth: number, slotBytes: number): Ring {
  return {
    control: new Int32Array(new SharedArrayBuffer(4 * (CONTROL.ready + depth))),
    slots: Array.from({ length: depth }, () => new Uint8Array(new SharedArrayBuffer(slotBytes))),
  };
}

// The memory that a Loader shares with its Workers: slots for batches and the numbers that say whose turn it is.
//
// Workers draw the next batch's number, wait until its slot is free, fill it, mark it ready and tell the loader by a
// message. A slot is free again when the loader counts its batch as used. The loader never waits with Atomics: it may
// be on the main thread.
import type { Filling } from "./fill.ts";
import type { BrokenImage } from "../base/errors.ts";

/** Places in {@linkcode Ring.control}. */
export const CONTROL = {
  /** Number of the run that is going on; Workers of another one stop. */
  run: 0,
  /** Next batch that no Worker has drawn. */
  next: 1,
  /** Batches that the consumer is done with. */
  used: 2,
  /** Broken images that Workers told of. */
  broken: 3,
  /** From here on one place a slot: the batch it holds + 1. */
  ready: 4,
} as const;

/** Above every batch number: nobody waits for a slot any more. */
export const NO_LIMIT = 0x7fffffff;

/** Memory shared between the loader and its Workers. */
export interface Ring {
  control: Int32Array;
  /** Images of a batch each. */
  slots: Uint8Array[];
}

/** What a Worker is told once. */
export interface WorkerSetup extends Filling {
  ring: Ring;
}

/** What a Worker is told for each order. */
export interface WorkerRun {
  run: number;
  order: Uint32Array;
  view: number;
}

/** To a Worker; `close` ends it when no decoder of it runs any more. */
export type ToWorker = { setup: WorkerSetup } | { start: WorkerRun } | { close: true };

/**
 * From a Worker: images are broken, a batch is ready, the run is over, or it failed (then it is over too). `decoding` at
 * its end: a decoder runs on that was given up.
 */
export type FromWorker =
  | { broken: BrokenImage[] }
  | { ready: number }
  | { ended: number; error?: Error; decoding: boolean };

/** A ring in shared memory. */
export function newRing(depth: number, slotBytes: number): Ring {
  return {
    control: new Int32Array(new SharedArrayBuffer(4 * (CONTROL.ready + depth))),
    slots: Array.from({ length: depth }, () => new Uint8Array(new SharedArrayBuffer(slotBytes))),
  };
}

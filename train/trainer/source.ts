import { type Batch, Loader } from "../../data/mod.ts";
import type { TrainConfig } from "../config/train.ts";
import { type Progress, tellBroken, tellDamaged } from "../progress/progress.ts";
import type { Setup } from "../setup/setup.ts";
import { workersFor } from "../setup/workers.ts";
import type { Sized } from "./methods/method.ts";

/** The batches of an epoch's samples, in their order. */
export type Batches<B extends Sized> = (samples: Uint32Array) => Iterable<B> | AsyncIterable<B>;

/** The source of a trainer's batches. */
export interface Source<B extends Sized> {
  /** Name of the samples, in the plural. */
  readonly unit: string;
  /** True if opening an epoch takes long, so that each epoch gets a progress meter of its own. */
  readonly slow: boolean;
  /** Time spent waiting for data so far, in milliseconds; null for a source without waiting. */
  readonly waited: (() => number) | null;
  /**
   * Gets an epoch's batches ready; an epoch that was cut off can be opened again, to go on from there.
   *
   * @param epoch From 0. @throws {Interrupted} when the run was stopped.
   */
  open(epoch: number): Batches<B> | Promise<Batches<B>>;
}

/** New views of the training images in every epoch. Views are numbered from 1: number 0 is the plain image. */
export function imageSource(
  { train, device }: Setup,
  { batch: wantedBatch, workers: wanted, seed, data: { augment } }: TrainConfig,
  progress: Progress,
  signal: AbortSignal,
): Source<Batch> & Disposable {
  const batch = Math.min(wantedBatch, train.count); // a batch larger than the set is the set
  const workers = workersFor(device, train, wanted);
  const loader = new Loader(train, {
    ...{ batch, workers, augment, seed, signal },
    onBroken: tellBroken(progress),
    onDamaged: tellDamaged(progress),
  });
  return {
    unit: "images",
    slow: false,
    waited: () => loader.waitedMs,
    open: (epoch) => (samples) => loader.batches(samples, epoch + 1),
    [Symbol.dispose]: () => loader[Symbol.dispose](),
  };
}

import { type Batch, Loader } from "../../data/mod.ts";
import type { TrainConfig } from "../config/train.ts";
import { type Progress, tellBroken } from "../progress/progress.ts";
import type { Setup } from "../setup/setup.ts";
import type { Sized } from "./method.ts";

/** The batches of an epoch's samples, in their order. */
export type Batches<B extends Sized> = (samples: Uint32Array) => Iterable<B> | AsyncIterable<B>;

/** Where a trainer's batches come from. */
export interface Source<B extends Sized> {
  /** What a sample is called, in the plural. */
  readonly unit: string;
  /** Whether opening an epoch takes its time, so that progress counts each epoch for itself. */
  readonly slow: boolean;
  /** Whether an epoch can be opened again to go on amid it. */
  readonly repeatable: boolean;
  /** Time spent waiting for data so far, in milliseconds; null where nothing is waited for. */
  readonly waited: (() => number) | null;
  /**
   * Gets ready what an epoch is trained on.
   *
   * @param epoch From 0. @throws {Interrupted} when the run was stopped.
   */
  open(epoch: number): Batches<B> | Promise<Batches<B>>;
}

/** New views of the training images in every epoch. Views are numbered from 1: number 0 is the plain image. */
export function imageSource(
  { train }: Setup,
  { batch, workers, seed, data: { augment } }: TrainConfig,
  progress: Progress,
  signal: AbortSignal,
): Source<Batch> & Disposable {
  const loader = new Loader(train, { batch, workers, augment, seed, onBroken: tellBroken(progress), signal });
  return {
    unit: "images",
    slow: false,
    repeatable: true,
    waited: () => loader.waitedMs,
    open: (epoch) => (samples) => loader.batches(samples, epoch + 1),
    [Symbol.dispose]: () => loader[Symbol.dispose](),
  };
}

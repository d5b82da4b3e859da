import { type Batch, Loader } from "../../data/mod.ts";
import type { TrainConfig } from "../config/train.ts";
import { type Progress, tellBroken, tellDamaged } from "../progress/progress.ts";
import type { Setup, State } from "../setup/setup.ts";
import { workersFor } from "../setup/workers.ts";
import { Pace } from "../team/pace.ts";
import { alone, type Share } from "../team/share.ts";
import type { Team } from "../team/team.ts";
import type { Sized } from "./methods/method.ts";

/**
 * The batches of an epoch's last samples, in their order.
 *
 * @param state The trainer's state before the first of them, for those who take the steps too.
 */
export type Batches<B extends Sized> = (samples: Uint32Array, state: State) => Iterable<B> | AsyncIterable<B>;

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
   * @param epoch From 0. @param parts Images of the parts that this process takes its batches in. @throws {Interrupted} when the run was stopped.
   */
  open(epoch: number, parts: readonly number[]): Batches<B> | Promise<Batches<B>>;
}

/**
 * New views of the training images in every epoch. Views are numbered from 1: number 0 is the plain image. Of each batch
 * a process has its own images, and the labels of all.
 */
export function imageSource(
  setup: Setup,
  config: TrainConfig,
  progress: Progress,
  signal: AbortSignal,
  share: Share = setup.team?.share ?? alone,
): Source<Batch> & Disposable {
  const { train, device, team } = setup;
  const { workers: wanted, seed, data: { augment } } = config;
  const batch = Math.min(config.batch, train.count); // a batch larger than the set is the set
  checkShare(config, train.count, batch, share);
  const workers = workersFor(device, train, wanted);
  const loader = new Loader(train, {
    ...{ batch: share.own(batch), workers, augment, seed, signal },
    onBroken: tellBroken(progress),
    onDamaged: tellDamaged(progress),
  });
  const open = (epoch: number) =>
    async function* (samples: Uint32Array) {
      const batches = Array.from(
        { length: Math.ceil(samples.length / batch) },
        (_, i) => samples.subarray(i * batch, (i + 1) * batch),
      );
      let step = 0;
      for await (const own of loader.batches(joined(batches.map((all) => share.ownOf(all))), epoch + 1)) {
        const all = batches[step++];
        yield { ...own, count: all.length, labels: Uint32Array.from(all, (i) => train.labels[i]) };
      }
    };
  return {
    unit: "images",
    slow: false,
    waited: () => loader.waitedMs,
    open: (epoch, parts) =>
      team
        ? led(team, setup, { ...config, microBatch: Math.max(...parts) }, epoch, open(epoch), progress)
        : open(epoch),
    [Symbol.dispose]: () => loader[Symbol.dispose](),
  };
}

/** Batches whose steps all processes take: each is ordered when it is asked for. */
function led(
  team: Team,
  { stage1 }: Setup,
  config: TrainConfig,
  epoch: number,
  batches: Batches<Batch>,
  progress: Progress,
): Batches<Batch> {
  return async function* (samples, state) {
    // Stage 1 has the values that are not trained.
    const values = new Map([...stage1, ...state]);
    await team.order({ kind: "train", config, epoch, left: samples.length }, values);
    const pace = new Pace(team.communicator);
    let isWhole = false;
    try {
      for await (const batch of batches(samples, state)) {
        await team.order({ kind: "step" });
        yield batch;
      }
      isWhole = true;
    } finally {
      await team.order({ kind: "pause", isWhole });
    }
    // Not where a step failed: others may wait in it.
    const words = team.slowWords(await pace.busy());
    if (words) progress.line(words);
  };
}

/** @throws {RangeError} when a batch has fewer images than there are processes, or mixes images of all of them. */
function checkShare({ mixup }: TrainConfig, count: number, batch: number, share: Share): void {
  const ranks = share.sizes(0).length;
  if (ranks > 1 && mixup !== null) {
    throw new RangeError(
      `Cannot train in ${ranks} processes with mixup: it mixes images of the whole batch, current processes have a part ` +
        "of it each: set mixup: null, or take one process",
    );
  }
  for (const [which, images] of [["a", batch], ["the last", count % batch || batch]] as const) {
    if (images >= ranks) continue;
    throw new RangeError(
      `Cannot train in ${ranks} processes: it takes an image of each batch for each of them, ${which} batch has ` +
        `${images}: set another batch, or take fewer processes`,
    );
  }
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

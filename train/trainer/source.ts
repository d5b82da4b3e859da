import { type Batch, Loader, mixupDraw } from "../../data/mod.ts";
import type { TrainConfig } from "../config/schema/train.ts";
import { type Progress, tellBroken, tellDamaged } from "../progress/progress.ts";
import type { Setup, State } from "../setup/setup.ts";
import { workersFor } from "../setup/workers.ts";
import { Pace } from "../team/pace.ts";
import { BrokenOfAll } from "../team/broken.ts";
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
   * @param epoch From 0. @param most Images that a process takes at once. @throws {Interrupted} when the run was stopped.
   */
  open(epoch: number, most: number): Batches<B> | Promise<Batches<B>>;
}

/** The images' source. */
export interface ImageSource extends Source<Batch>, Disposable {
  /** Adds the broken images of an epoch, of which all batches were taken, to those of all processes. */
  addBroken(all: BrokenOfAll): Promise<void>;
}

/**
 * New views of the training images in every epoch. Views are numbered from 1: number 0 is the plain image. Of each batch
 * a process has its own images, and the labels of all; with mixup, several processes have their images' partners as images2.
 */
export function imageSource(
  setup: Setup,
  config: TrainConfig,
  progress: Progress,
  signal: AbortSignal,
  share: Share = setup.team?.share ?? alone,
): ImageSource {
  const { train, device, team } = setup;
  const { workers: wanted, seed, mixup, data: { augment } } = config;
  const batch = Math.min(config.batch, train.count); // a batch larger than the set is the set
  checkShare(train.count, batch, share);
  const mixes = mixup !== null && share.sizes(0).length > 1;
  const imageBytes = train.height * train.width * train.channels;
  const workers = workersFor(device, train, wanted);
  const onBroken = tellBroken(progress);
  const loader = new Loader(train, {
    ...{ batch: (mixes ? 2 : 1) * share.own(batch), workers, augment, seed, signal, onBroken },
    onDamaged: tellDamaged(progress),
  });
  const open = (epoch: number) =>
    async function* (samples: Uint32Array) {
      const batches = Array.from(
        { length: Math.ceil(samples.length / batch) },
        (_, i) => samples.subarray(i * batch, (i + 1) * batch),
      );
      const first = (train.count - samples.length) / batch;
      // A partner may be in another process's part of the batch: each loads the partners of its own images too.
      const partsOf = (all: Uint32Array, i: number) => {
        if (!mixes) return [share.ownOf(all)];
        const { permutation } = mixupDraw(all.length, { seed, epoch, batch: first + i, alpha: mixup });
        return [share.ownOf(all), share.ownOf(permutation).map((from) => all[from])];
      };
      let step = 0;
      for await (const own of loader.batches(joined(batches.flatMap(partsOf)), epoch + 1)) {
        const all = batches[step++];
        yield {
          ...own,
          ...mixes && { images2: own.images.subarray(share.own(all.length) * imageBytes) },
          count: all.length,
          labels: Uint32Array.from(all, (i) => train.labels[i]),
        };
      }
    };
  const addBroken = async (all: BrokenOfAll) => {
    for (const image of loader.broken) all.hear(image);
    await all.add();
  };
  return {
    unit: "images",
    slow: false,
    waited: () => loader.waitedMs,
    open: (epoch, most) =>
      team
        ? led(team, setup, { ...config, microBatch: most }, epoch, open(epoch), {
          tell: (sentence) => progress.line(sentence),
          addBroken: () => addBroken(new BrokenOfAll(team.communicator, train, onBroken)),
        })
        : open(epoch),
    addBroken,
    [Symbol.dispose]: () => loader[Symbol.dispose](),
  };
}

/** Batches of an epoch that all processes open; the trainer orders the steps. */
function led(
  team: Team,
  { stage1 }: Setup,
  config: TrainConfig,
  epoch: number,
  batches: Batches<Batch>,
  { tell, addBroken }: { tell(sentence: string): void; addBroken(): Promise<void> },
): Batches<Batch> {
  return async function* (samples, state) {
    // Stage 1 has the values that are not trained.
    const values = new Map([...stage1, ...state]);
    await team.order({ kind: "train", config, epoch, left: samples.length }, values);
    const pace = new Pace(team.communicator);
    let isWhole = false;
    try {
      yield* batches(samples, state);
      isWhole = true;
    } finally {
      // The others are amid a step that failed here, and the job ends.
      if (!team.isAmid) await team.order({ kind: "pause", isWhole });
    }
    const words = team.slowWords(await pace.busy());
    if (words) tell(words);
    await addBroken();
  };
}

/** @throws {RangeError} when a batch has fewer images than there are processes. */
function checkShare(count: number, batch: number, share: Share): void {
  const ranks = share.sizes(0).length;
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

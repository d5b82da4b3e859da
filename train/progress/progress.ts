import { plural } from "./count.ts";
import type { BrokenImage } from "../../data/mod.ts";
import type { Piece } from "./plan.ts";

/** Hears how far a run is: a terminal that draws bars, or a program. */
export interface Progress {
  /** Takes a sentence for people. */
  line(text: string): void;
  /** Takes the pieces of the run that are to come, in place of those told before that have not begun. */
  plan(pieces: readonly Piece[]): void;
  /**
   * Begins a piece of the run that takes its time.
   *
   * @param name Name of the piece, such as `evaluate`. @param total Number of units to do, at least 1.
   */
  meter(name: string, total: number, options?: MeterOptions): Meter;
}

/** Hears how far a piece of a run is. */
export interface Meter {
  /** Counts units as done. */
  advance(count: number): void;
  /** Kernels are compiled before the next units are done, so that these units tell nothing of the rate. */
  compiling(): void;
  /** Takes news, such as an epoch's loss. */
  report(text: string): void;
  /** Ends the piece. */
  end(): void;
}

/** Options of a meter. */
export interface MeterOptions {
  /** The unit that the meter counts, in the plural. */
  unit?: string | undefined;
  /** Total time spent waiting for data so far in milliseconds, such as a loader's; without it no waiting is told. */
  waited?: (() => number) | undefined;
}

const silentMeter: Meter = { advance() {}, compiling() {}, report() {}, end() {} };

/** Hears nothing. */
export const silent: Progress = { line() {}, plan() {}, meter: () => silentMeter };

/** Hears all of a part of a run but its plan, where the plan of the whole was told before. */
export function unplanned(progress: Progress): Progress {
  return {
    line: (text) => progress.line(text),
    plan() {},
    meter: (name, total, options) => progress.meter(name, total, options),
  };
}

/** Hears all of a run. @param begins Called before the first plan: the inputs of the run are open and fit, its work begins. */
export function hearingWork(progress: Progress, begins: () => void): Progress {
  let hasBegun = false;
  return {
    line: (text) => progress.line(text),
    plan(pieces) {
      if (!hasBegun) begins();
      hasBegun = true;
      progress.plan(pieces);
    },
    meter: (name, total, options) => progress.meter(name, total, options),
  };
}

/** Tells of broken images of a set that a run goes on without, of each once. */
export function tellBroken(progress: Progress): (image: BrokenImage) => void {
  const told = new Set<number>();
  return ({ index, path, cause }) => {
    if (told.has(index)) return;
    told.add(index);
    progress.line(`The image ${path} is broken and counts as a black image: ${cause}`);
  };
}

/** Tells of images that were damaged in the cache of decoded images. */
export function tellDamaged(progress: Progress): (count: number, folder: string) => void {
  return (count, folder) =>
    progress.line(
      `${plural(count, "image")} in ${folder} ` +
        `${count === 1 ? "was" : "were"} damaged and decoded again`,
    );
}

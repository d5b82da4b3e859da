import { UnwrittenError } from "../../data/disk/mod.ts";
import { DeviceError } from "../../engine/mod.ts";
import { Interrupted } from "../terminal/interrupt.ts";
import type { Progress } from "../progress/progress.ts";
import type { Saving } from "../progress/saving.ts";
import { PACE, type Pace, type Savable, Saver } from "./saver.ts";

/** A way to keep a piece of work that may be stopped or fail. */
export interface Keeper extends Savable {
  /** Tells whether the work can go on after an error that another try may not meet; by default it cannot. */
  mayGoOn?(error: unknown): boolean;
  /** Words on the kept work: how to go on, or where the results are; null if nothing is kept. */
  words(goesOn: boolean): string | null;
  /** Words where the work could not be saved: what is lost, and how to go on from the last save. */
  unsaved(): string;
}

/** The ways in which a piece of work is saved while it is done. */
export interface OnTheWay {
  /** To be called after each whole epoch. */
  onEpoch: () => Promise<void>;
  /** Saves the work alone, within an epoch too. */
  saving: Saving;
}

/**
 * Runs a piece of work and saves it: on the way, and when it is stopped or fails. If saving fails, the last save stays,
 * and the progress tells how to go on from there.
 *
 * @param body Does the work. @param pace Time between two saves.
 * @throws {Interrupted} when the user stopped the work; the message says how to go on.
 * @throws {UnwrittenError} when the work, or a file that the body writes, cannot be written.
 */
export async function keeping<T>(
  keeper: Keeper,
  progress: Progress,
  body: (onTheWay: OnTheWay) => Promise<T>,
  pace: Pace = PACE,
): Promise<T> {
  // Such as on a full disk.
  const fail = (error: unknown, cause?: unknown): never => {
    progress.line(keeper.unsaved());
    if (cause === undefined || error === cause) throw error;
    throw new UnwrittenError((error as Error).message, { cause });
  };
  const saver = new Saver(keeper, pace);
  const onEpoch = async () => {
    if (saver.isDue(true)) await saver.saveWhole();
  };
  try {
    const result = await body({ onEpoch, saving: saver });
    await saver.settle();
    return result;
  } catch (error) {
    await saver.settle().catch(() => {}); // two saves at a time would write one file
    if (error === saver.fault) return fail(error);
    const goesOn = [Interrupted, DeviceError, UnwrittenError].some((kind) => error instanceof kind) ||
      (keeper.mayGoOn?.(error) ?? false);
    await keeper.save(goesOn).catch((failure) => fail(failure, error));
    const words = keeper.words(goesOn);
    if (error instanceof Interrupted) throw new Interrupted(error.exitCode, words ?? error.message);
    if (words) progress.line(words);
    throw error;
  }
}

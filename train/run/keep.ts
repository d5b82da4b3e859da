import { UnwrittenError } from "../../data/disk/mod.ts";
import { DeviceError, DeviceLostError } from "../../engine/mod.ts";
import { Interrupted, stopIn } from "../terminal/interrupt.ts";
import type { Progress } from "../progress/progress.ts";
import type { Saving } from "../progress/saving.ts";
import { PACE, type Pace, type Savable, Saver } from "./saver.ts";

/** A way to keep a piece of work that may be stopped or fail. */
export interface Keeper extends Savable {
  /** Aborted when the user stops the work. */
  signal?: AbortSignal;
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
 * and the progress tells how to go on from there. Where the device is lost, the work is saved, and nothing is told: the
 * command goes on by itself.
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
    const stopped = stopIn(cause) ?? stopIn(error);
    if (stopped) {
      throw new Interrupted(stopped.exitCode, `${(error as Error).message}\n${keeper.unsaved()}`);
    }
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
  } catch (thrown) {
    // A user who stops a run while its device is lost has stopped it.
    const error = thrown instanceof DeviceLostError && keeper.signal?.aborted ? keeper.signal.reason : thrown;
    await saver.settle().catch(() => {}); // two saves at a time would write one file
    if (error === saver.fault) return fail(error);
    const goesOn = [Interrupted, DeviceError, UnwrittenError].some((kind) => error instanceof kind) ||
      (keeper.mayGoOn?.(error) ?? false);
    await keeper.save(goesOn).catch((failure) => fail(failure, error));
    const words = keeper.words(goesOn);
    const stopped = stopIn(error);
    if (stopped) {
      // The file that found no room when the user stopped the wait; the work is kept all the same.
      const told = error === stopped ? "" : `${(error as Error).message}\n`;
      throw new Interrupted(stopped.exitCode, told + (words ?? stopped.message));
    }
    if (words && !(error instanceof DeviceLostError)) progress.line(words);
    throw error;
  }
}

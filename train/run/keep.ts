import { UnwrittenError } from "../../data/disk/mod.ts";
import { DeviceError } from "../../engine/mod.ts";
import { Interrupted } from "../terminal/interrupt.ts";
import type { Progress } from "../progress/progress.ts";

/** Least time between two saves on the way, in milliseconds. */
const SAVE_EVERY_MS = 10_000;

/** A way to keep a piece of work that may be stopped or fail. */
export interface Keeper {
  /** Writes the work so far. @param goesOn True if the work can go on from there; if not, it would fail again. */
  save(goesOn: boolean): Promise<void>;
  /** Words on the kept work: how to go on, or where the results are; null if nothing is kept. */
  words(goesOn: boolean): string | null;
  /** Words where the work could not be saved: what is lost, and how to go on from the last save. */
  unsaved(): string;
}

/**
 * Runs a piece of work and saves it: on the way, and when it is stopped or fails. If saving fails, the last save stays,
 * and the progress tells how to go on from there.
 *
 * @param body Does the work; it calls the given function after each whole epoch.
 * @throws {Interrupted} when the user stopped the work; the message says how to go on.
 * @throws {UnwrittenError} when the work, or a file that the body writes, cannot be written.
 */
export async function keeping<T>(
  keeper: Keeper,
  progress: Progress,
  body: (onEpoch: () => Promise<void>) => Promise<T>,
): Promise<T> {
  let saved = performance.now();
  let unsaved: unknown = null;
  // Such as on a full disk.
  const fail = (error: unknown, cause?: unknown): never => {
    progress.line(keeper.unsaved());
    if (cause === undefined || error === cause) throw error;
    throw new UnwrittenError((error as Error).message, { cause });
  };
  const onEpoch = async () => {
    if (performance.now() - saved < SAVE_EVERY_MS) return;
    await keeper.save(true).catch((error) => {
      throw unsaved = error;
    });
    saved = performance.now();
  };
  try {
    return await body(onEpoch);
  } catch (error) {
    if (error === unsaved) return fail(error);
    const goesOn = [Interrupted, DeviceError, UnwrittenError].some((kind) => error instanceof kind);
    await keeper.save(goesOn).catch((failure) => fail(failure, error));
    const words = keeper.words(goesOn);
    if (error instanceof Interrupted) throw new Interrupted(error.exitCode, words ?? error.message);
    if (words) progress.line(words);
    throw error;
  }
}

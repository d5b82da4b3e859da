import { DeviceError } from "../../engine/mod.ts";
import { Interrupted } from "../terminal/interrupt.ts";
import type { Progress } from "../progress/progress.ts";

/** Least time between two times of saving on the way, in milliseconds. */
const SAVE_EVERY_MS = 10_000;

/** How a piece of work is kept that may be stopped or fail. */
export interface Keeper {
  /** Writes what there is. @param goesOn Whether it can go on from there; if not, it would fail again. */
  save(goesOn: boolean): Promise<void>;
  /** What is left in words: how to go on, or where it is; null for nothing. */
  words(goesOn: boolean): string | null;
}

/**
 * Runs a piece of work and keeps it: on the way, and when it is stopped or fails. Where that cannot be written, what was
 * kept before stays.
 *
 * @param body Gets what it is to call after each whole epoch.
 * @throws {Interrupted} when the user stopped it; the message says how to go on.
 */
export async function keeping<T>(
  keeper: Keeper,
  progress: Progress,
  body: (onEpoch: () => Promise<void>) => Promise<T>,
): Promise<T> {
  let saved = performance.now();
  let unsaved: unknown = null;
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
    // The disk is full, say: what was saved before stays, to go on from.
    if (error === unsaved) throw error;
    const goesOn = error instanceof Interrupted || error instanceof DeviceError;
    await keeper.save(goesOn).catch((failure: Error) => {
      throw new Error(failure.message, { cause: error });
    });
    const words = keeper.words(goesOn);
    if (error instanceof Interrupted) throw new Interrupted(error.exitCode, words ?? error.message);
    if (words) progress.line(words);
    throw error;
  }
}

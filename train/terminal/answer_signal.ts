import type { Answer } from "../../data/workers/mod.ts";
import { type FromSignalWorker, STOP_SIGNALS, type StopSignal, type ToSignalWorker } from "./signals.ts";
import { writeToStderr } from "./stderr.ts";

/**
 * Answers the first signal that asks a run to stop, and leaves the second one to the system. It belongs to a thread that is
 * never busy.
 *
 * @returns A function that stops listening.
 */
export function answerSignal(
  { heard, text }: ToSignalWorker,
  answer: Answer<FromSignalWorker>,
): () => void {
  const listeners = new Map<StopSignal, () => void>();
  const end = () => {
    for (const [name, listener] of listeners) Deno.removeSignalListener(name, listener);
    listeners.clear();
  };
  for (const name of Object.keys(STOP_SIGNALS) as StopSignal[]) {
    const listener = () => {
      end();
      Atomics.store(heard, 0, STOP_SIGNALS[name]);
      answer(name);
      // This thread tells the user: the other one may be busy for long.
      writeToStderr(text);
    };
    try {
      Deno.addSignalListener(name, listener);
      listeners.set(name, listener);
    } catch {
      // Windows lacks some of the signals.
    }
  }
  answer("listens");
  return end;
}

// Answers the first signal that asks a run to stop, and leaves the second one to the system.
/// <reference lib="deno.worker" />
import { type FromSignalWorker, STOP_SIGNALS, type StopSignal, type ToSignalWorker } from "./signals.ts";
import { writeToStderr } from "./stderr.ts";

self.onmessage = ({ data: { heard, text } }: MessageEvent<ToSignalWorker>) => {
  const listeners = new Map<StopSignal, () => void>();
  for (const name of Object.keys(STOP_SIGNALS) as StopSignal[]) {
    const listener = () => {
      for (const [name, listener] of listeners) Deno.removeSignalListener(name, listener);
      listeners.clear();
      Atomics.store(heard, 0, STOP_SIGNALS[name]);
      tell(name);
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
  tell("listens");
};

function tell(message: FromSignalWorker): void {
  self.postMessage(message);
}

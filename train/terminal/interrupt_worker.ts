// Reports the first signal that asks a run to stop, and leaves the second signal to the system.
/// <reference lib="deno.worker" />
import { type FromSignalWorker, STOP_SIGNALS, type StopSignal } from "./signals.ts";

const listeners = new Map<StopSignal, () => void>();
for (const name of Object.keys(STOP_SIGNALS) as StopSignal[]) {
  const listener = () => {
    for (const [name, listener] of listeners) Deno.removeSignalListener(name, listener);
    listeners.clear();
    tell(name);
  };
  try {
    Deno.addSignalListener(name, listener);
    listeners.set(name, listener);
  } catch {
    // Windows lacks some of the signals.
  }
}
tell("listens");

function tell(message: FromSignalWorker): void {
  self.postMessage(message);
}

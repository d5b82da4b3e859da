import { cacheFolder } from "../machine/cache.ts";
import type { Meter, MeterOptions, Progress } from "../progress/progress.ts";
import type { Listeners } from "../trainer/fit.ts";
import type { RunListeners } from "./options.ts";

/** Calls the functions of a program as a run goes on. */
export function listening(
  { onEpoch = () => {}, onPlan, onProgress, onMessage, signal, cache = cacheFolder }: RunListeners,
): Listeners & { cache: string } {
  const progress: Progress = {
    line: (text) => onMessage?.(text),
    plan: (pieces) => onPlan?.(pieces.map(({ name, total, unit = "images" }) => ({ name, total, unit }))),
    meter(name, total, { unit = "images" }: MeterOptions = {}): Meter {
      let done = 0;
      const tell = () => onProgress?.({ name, done, total, unit });
      tell();
      return {
        advance(count) {
          done += count;
          tell();
        },
        compiling() {},
        report: (text) => onMessage?.(`${name}: ${text}`),
        end() {},
      };
    },
  };
  return { progress, signal: signal ?? new AbortController().signal, onEpoch, cache };
}

import type { Profile } from "./profile.ts";

/** A trace for chrome://tracing and Perfetto. */
export interface ChromeTrace {
  displayTimeUnit: "ms";
  /** Facts of the whole trace. */
  otherData: Record<string, string>;
  traceEvents: TraceEvent[];
}

/** A span of time (`X`), or the name of a track (`M`); `ts` and `dur` are microseconds. */
export interface TraceEvent {
  name: string;
  ph: "X" | "M";
  pid: number;
  tid: number;
  cat?: string;
  ts?: number;
  dur?: number;
  args: Record<string, unknown>;
}

/**
 * Writes the dispatches of profiles one after the other, a track for each plan. Each dispatch was timed alone, so that
 * there are no gaps; a plan that runs several times appears once, with its `count`.
 *
 * Source: "Trace Event Format", the JSON object format.
 */
export function chromeTrace(profiles: readonly Profile[], facts: Record<string, string>): ChromeTrace {
  const traceEvents: TraceEvent[] = [];
  let [tid, ts] = [0, 0];
  profiles.forEach(({ name, sections }, i) => {
    const pid = i + 1;
    traceEvents.push({ name: "process_name", ph: "M", pid, tid: 0, args: { name } });
    for (const section of sections) {
      tid++;
      traceEvents.push({ name: "thread_name", ph: "M", pid, tid, args: { name: section.name } });
      for (const { kernel, op, ms, ...rest } of section.dispatches) {
        if (ms === null) continue;
        const dur = 1000 * ms;
        const rates = ms > 0 ? { gflops: rest.flops / ms / 1e6, gbs: rest.bytes / ms / 1e6 } : {};
        traceEvents.push({
          name: kernel,
          ph: "X",
          cat: op,
          pid,
          tid,
          ts,
          dur,
          args: { op, ...rest, ...rates },
        });
        ts += dur;
      }
    }
  });
  return { displayTimeUnit: "ms", otherData: facts, traceEvents };
}

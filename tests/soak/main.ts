// Runs all that a long run does over and over in one process - training steps, forward passes, evaluations, decoding - and
// samples what the process holds and how fast it is. Ends with 1 and a sentence where memory, file handles or throughput do
// not stay level. Its task fixes V8's new space at semi-spaces of 16 MiB: left alone they double within the first hundreds of
// rounds, a step that a short soak takes for growth.
import { getHeapSpaceStatistics } from "node:v8";
import { readOptions } from "../../bench/command_line.ts";
import { processorMs } from "../../bench/processor.ts";
import { Device } from "../../engine/mod.ts";
import { faultOf, type Sample } from "./judge.ts";
import { Work } from "./work.ts";

/** Samples of a whole soak. */
const SAMPLES = 60;

const { minutes } = readOptions({
  name: "test:soak",
  call: "deno task test:soak",
  about:
    "Train, evaluate and decode in one process for long, and hold memory, file handles and throughput level",
  example: "--minutes 5",
  flags: {
    minutes: { value: "N", about: "time that it takes; default 30" },
    help: { value: null, about: "print this and stop" },
  },
}, (given) => ({ minutes: given.whole("minutes", 1) ?? 30 }));

const device = await Device.open();
const work = await Work.make(device);
const samples = await sampled(minutes * 60_000);
const fault = faultOf(samples, device.family === "lane");
console.log(fault ?? "Memory, file handles and throughput stayed level");
await work[Symbol.asyncDispose]();
device[Symbol.dispose]();
Deno.exit(fault === null ? 0 : 1);

/** Works for so many milliseconds. */
async function sampled(ms: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const begun = performance.now();
  let [mark, busy, rounds] = [begun, processorMs(), 0];
  while (samples.length < SAMPLES) {
    await work.round();
    rounds++;
    const now = performance.now();
    if (now - begun < (samples.length + 1) * ms / SAMPLES) continue;
    const processor = processorMs() - busy;
    (globalThis as { gc?: () => void }).gc?.(); // otherwise V8 collects the garbage at any time
    const sample = {
      at: (now - begun) / 1000,
      resident: Deno.memoryUsage().rss,
      device: device.memory.used,
      handles: handles(),
      perSecond: 1000 * rounds / (now - mark),
      perProcessorSecond: Number.isFinite(processor) ? 1000 * rounds / processor : null,
    };
    samples.push(sample);
    console.log(lineOf(sample));
    [mark, busy, rounds] = [performance.now(), processorMs(), 0];
  }
  return samples;
}

/** Open file handles of this process; null where the system does not tell. */
function handles(): number | null {
  try {
    return [...Deno.readDirSync("/proc/self/fd")].length;
  } catch {
    return null;
  }
}

function lineOf({ at, resident, device, handles, perSecond, perProcessorSecond }: Sample): string {
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  // They tell growth inside V8 from growth outside.
  const { heapTotal, external } = Deno.memoryUsage();
  const room = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")!.space_size;
  return `${at.toFixed(0)} s: ${mebibytes(resident)} MiB resident (${mebibytes(heapTotal)} of it V8's heap, ${
    mebibytes(room)
  } of that for new objects, ` +
    `${mebibytes(external)} beside it), ${mebibytes(device)} MiB on the device, ` +
    `${handles ?? "unknown"} handles, ${perSecond.toFixed(2)} rounds/s, ` +
    `${perProcessorSecond?.toFixed(2) ?? "unknown"} by processor time`;
}

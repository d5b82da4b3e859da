// Whether speed and memory stay level over many steps.

import { type Device, Plan } from "../../engine/mod.ts";
import { processorMs } from "../processor.ts";
import { type Job, trainingStep } from "../train/training.ts";

/** A stretch of steps. */
export interface Sample {
  /** Steps by its end. */
  step: number;
  imagesPerSecond: number;
  /** The same by processor time, which others' work disturbs less; null where the system does not tell. */
  imagesPerProcessorSecond: number | null;
  /** Bytes of memory that are resident at its end. */
  resident: number;
}

/** What became of them, from the first fifth of the steps on: until then caches fill. */
export interface Drift {
  /** Images a second of all steps that count. */
  imagesPerSecond: number;
  /** Images a second of the last half over those of the half before. */
  speed: number;
  /** The same by processor time; null where the system does not tell. */
  processorSpeed: number | null;
  /** Most resident memory over the least. */
  memory: number;
  /** By the line through the samples: how much resident memory grows from the first to the last of them, as a share. */
  growth: number;
}

/** How many samples there are. */
const SAMPLES = 25;

/** Takes training steps, each on other pixels in the same memory, as a loader's are. */
export async function manySteps(
  device: Device,
  job: Job,
  steps: number,
  tell: (line: string) => void,
): Promise<Sample[]> {
  using training = trainingStep(device, job);
  using plan = await Plan.make(device, training.spec);
  const pixels = training.feeds.images as Uint8Array;
  const samples: Sample[] = [];
  plan.run(training.feeds);
  await device.finish();
  let [mark, busy, last] = [performance.now(), processorMs(), 0];
  for (let step = 1; step <= steps; step++) {
    for (let i = 0; i < pixels.length; i++) pixels[i]++;
    plan.run(training.feeds);
    if (step % 2 === 0 || step === steps) await device.finish(); // sync point: bounds what waits, as a trainer does
    if (Math.floor(step * SAMPLES / steps) === samples.length) continue;
    await device.finish();
    const ms = performance.now() - mark;
    // What set up the run is garbage by now, collected at any time: what remains is what is kept.
    (globalThis as { gc?: () => void }).gc?.();
    const resident = Deno.memoryUsage().rss;
    const [images, processor] = [(step - last) * job.batch, processorMs() - busy];
    samples.push({
      step,
      imagesPerSecond: images / ms * 1000,
      imagesPerProcessorSecond: Number.isFinite(processor) ? images / processor * 1000 : null,
      resident,
    });
    const { imagesPerSecond } = samples.at(-1)!;
    tell(
      `step ${step}: ${imagesPerSecond.toFixed(1)} images/s, ${(resident / 2 ** 20).toFixed(1)} MiB resident`,
    );
    [mark, busy, last] = [performance.now(), processorMs(), step];
  }
  return samples;
}

/** Sums samples up. */
export function drift(samples: readonly Sample[]): Drift {
  const late = samples.slice(Math.floor(samples.length / 5));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  // Stretches are of as many images each, so their times add up.
  const rate = (rates: readonly number[]) => 1 / mean(rates.map((rate) => 1 / rate));
  const half = Math.floor(late.length / 2);
  const halves = (rates: readonly number[]) => rate(rates.slice(half)) / rate(rates.slice(0, half));
  const rates = late.map(({ imagesPerSecond }) => imagesPerSecond);
  const busy = late.flatMap(({ imagesPerProcessorSecond }) => imagesPerProcessorSecond ?? []);
  const resident = late.map(({ resident }) => resident);
  const [middle, level] = [(late.length - 1) / 2, mean(resident)];
  const spread = mean(resident.map((_, i) => (i - middle) ** 2));
  const slope = mean(resident.map((value, i) => (i - middle) * (value - level))) / spread;
  return {
    imagesPerSecond: rate(rates),
    speed: halves(rates),
    processorSpeed: busy.length === late.length ? halves(busy) : null,
    memory: Math.max(...resident) / Math.min(...resident),
    growth: slope * (late.length - 1) / level,
  };
}

/** The same for people. */
export function driftWords({ imagesPerSecond, speed, processorSpeed, memory, growth }: Drift): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const processor = processorSpeed === null ? "" : ` (${percent(processorSpeed)} by processor time)`;
  return `from the first fifth on ${imagesPerSecond.toFixed(1)} images/s, the second half ${
    percent(speed)
  } of ` +
    `the first${processor}; most resident memory ${percent(memory)} of the least, growth ${percent(growth)}`;
}

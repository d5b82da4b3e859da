// Measures whether speed and memory stay level over many steps.

import { type Device, Plan } from "../../engine/mod.ts";
import { processorMs } from "../processor.ts";
import { type TrainingJob, trainingStep } from "../train/training.ts";

/** The measurements of a stretch of steps. */
interface Sample {
  /** Number of steps at its end. */
  step: number;
  imagesPerSecond: number;
  /** The same by processor time, which other programs disturb less; null where the system does not tell. */
  imagesPerProcessorSecond: number | null;
  /** Bytes of resident memory at its end. */
  resident: number;
}

/** Speed and memory after the first fifth of the steps, in which caches fill. */
interface Drift {
  /** Mean images a second. */
  imagesPerSecond: number;
  /** Images a second of the last half over those of the half before. */
  speed: number;
  /** The same by processor time; null where the system does not tell. */
  processorSpeed: number | null;
  /** Most resident memory over the least. */
  memory: number;
  /** Growth of resident memory from the first to the last sample, by the line through all, as a share of the mean. */
  growth: number;
}

/** Number of samples. */
const SAMPLES = 25;

/** Takes training steps, each on other pixels in the same memory, as after a loader. */
export async function measureSteps(
  device: Device,
  job: TrainingJob,
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
    // Collects the garbage of the set-up now, which V8 would collect at any time.
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

/** Sums up samples as a drift. */
export function sumUpDrift(samples: readonly Sample[]): Drift {
  const late = samples.slice(Math.floor(samples.length / 5));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  // All stretches have as many images, so that their times add up.
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

/** Writes a drift as a sentence. */
export function describeDrift({ imagesPerSecond, speed, processorSpeed, memory, growth }: Drift): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const processor = processorSpeed === null ? "" : ` (${percent(processorSpeed)} by processor time)`;
  return `from the first fifth on ${imagesPerSecond.toFixed(1)} images/s, the second half ${
    percent(speed)
  } of ` +
    `the first${processor}; most resident memory ${percent(memory)} of the least, growth ${percent(growth)}`;
}

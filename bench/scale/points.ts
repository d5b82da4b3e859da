// Measures one point of how cost grows.

import {
  type Device,
  gmlLoss,
  grad,
  input,
  parameter,
  Parameters,
  Plan,
  type PlanSpec,
} from "../../engine/mod.ts";
import { measureTime } from "../processor.ts";
import { type TrainingJob, trainingStep } from "../train/training.ts";

/** The measurements of a graph. */
export interface Point {
  /** Name of the size that grows. */
  series: "batch" | "side" | "depth" | "large" | "classes";
  /** The size. */
  x: number;
  /** Description of the graph. */
  what: string;
  /** Milliseconds of a step by the clock, the best of several; null where it was not run. */
  ms: number | null;
  /** Milliseconds of the processor, which other programs disturb less; null where the step was not run, or unknown. */
  processorMs: number | null;
  /** Null where the step was not run. */
  imagesPerSecond: number | null;
  /** Bytes by Plan.measure. */
  planned: number;
  /** Bytes asked of WebGPU for the plan, counted where buffers and textures are made; null without a plan. */
  allocated: number | null;
  /** Milliseconds of Plan.measure: all passes over the graph, and its memory. */
  planning: number;
  /** Milliseconds of Plan.make: planning, allocation, and all pipelines; null without a plan. */
  making: number | null;
  dispatches: number | null;
}

/** Number of timed stretches, of which the best counts; the first run, which compiles, is not timed. */
const TRIES = 4;

/** Least milliseconds of a stretch: waiting for the device takes about 11, however little it has to do. */
const STRETCH_MS = 200;

/** Plans and runs a training step. */
export async function measureTraining(
  device: Device,
  job: TrainingJob,
  series: Point["series"],
  x: number,
): Promise<Point> {
  using step = trainingStep(device, job);
  const rows = await measurePlan(device, step.spec, job.batch, (plan) => plan.run(step.feeds));
  return { series, x, what: `${describeJob(job)}, training step`, ...rows };
}

/** Plans a training step without making it. */
export function planTraining(device: Device, job: TrainingJob, series: Point["series"], x: number): Point {
  using step = trainingStep(device, job);
  const none = {
    ms: null,
    processorMs: null,
    imagesPerSecond: null,
    allocated: null,
    making: null,
    dispatches: null,
  };
  return {
    series,
    x,
    what: `${describeJob(job)}, training step`,
    ...none,
    ...measurePlanning(device, step.spec),
  };
}

/** Plans and runs softmax with GML over logits on the device, and the gradient by the logits. */
export async function measureLoss(device: Device, batch: number, classes: number): Promise<Point> {
  const logits = parameter("logits", [batch, classes]);
  using store = new Parameters(device, [logits], "logits");
  store.write(logits, Float32Array.from({ length: logits.size }, (_, i) => ((i * 7919) % 1000) / 100 - 5));
  const [labels, prior] = [input("labels", [batch], "u32"), input("prior", [classes])];
  const loss = gmlLoss(logits, labels, prior);
  const spec = { outputs: { loss, gradient: grad(loss, [logits])[0] }, parameters: [store] };
  const feeds = {
    labels: Uint32Array.from({ length: batch }, (_, i) => (i * 37) % classes),
    prior: Float32Array.from({ length: classes }, (_, c) => -6 * c / classes),
  };
  const rows = await measurePlan(device, spec, batch, (plan) => plan.run(feeds));
  return { series: "classes", x: classes, what: `softmax + GML, ${batch} x ${classes}, both ways`, ...rows };
}

function describeJob({ network, batch, side }: TrainingJob): string {
  return `${network}, ${batch} x ${side} x ${side}`;
}

function measurePlanning(device: Device, spec: PlanSpec): Pick<Point, "planned" | "planning"> {
  const start = performance.now();
  const { bytes } = Plan.measure(device, spec);
  return { planned: bytes, planning: performance.now() - start };
}

async function measurePlan(device: Device, spec: PlanSpec, images: number, run: (plan: Plan) => void) {
  const before = measurePlanning(device, spec);
  using counter = countAllocations(device);
  const start = performance.now();
  using plan = await Plan.make(device, spec);
  const making = performance.now() - start;
  const allocated = counter.bytes;
  const stretch = async (runs: number) => {
    const { clock, processor } = await measureTime(async () => {
      for (let i = 0; i < runs; i++) run(plan);
      await device.finish();
    });
    return { clock: clock / runs, processor: processor / runs };
  };
  await stretch(1);
  const runs = Math.max(1, Math.ceil(STRETCH_MS / (await stretch(1)).clock));
  let [ms, busy] = [Infinity, Infinity];
  for (let i = 0; i < TRIES; i++) {
    const { clock, processor } = await stretch(runs);
    [ms, busy] = [Math.min(ms, clock), Math.min(busy, processor)];
  }
  const processorMs = Number.isFinite(busy) ? busy : null;
  const imagesPerSecond = images / ms * 1000;
  return { ...before, ms, processorMs, imagesPerSecond, allocated, making, dispatches: plan.steps.length };
}

/** Counts the bytes asked of WebGPU itself, to compare them with the engine's own count. */
function countAllocations({ gpu }: Device): Disposable & { bytes: number } {
  const [buffer, texture] = [gpu.createBuffer, gpu.createTexture];
  const counter = {
    bytes: 0,
    [Symbol.dispose]() {
      gpu.createBuffer = buffer;
      gpu.createTexture = texture;
    },
  };
  gpu.createBuffer = (descriptor) => {
    counter.bytes += descriptor.size;
    return buffer.call(gpu, descriptor);
  };
  gpu.createTexture = (descriptor) => {
    const [width, height] = descriptor.size as number[];
    counter.bytes += width * height * (descriptor.format === "rgba16float" ? 8 : 16);
    return texture.call(gpu, descriptor);
  };
  return counter;
}

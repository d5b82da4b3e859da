import {
  accumulateMetrics,
  type Device,
  type Feeds,
  grad,
  jit,
  type JitOptions,
  type Jitted,
  type Optimizer,
  type ParameterLayout,
  type Parameters,
  type Plan,
  type PlanSize,
  scaleLoss,
  type Shaped,
  type Tensor,
  unscale,
} from "../../../engine/mod.ts";
import type { Inputs, Values } from "../../features/inputs.ts";
import type { Method, Sized } from "../methods/method.ts";
import type { StepConfig } from "../../config/schema/train.ts";

/** The objects that the plans of a step are made of. */
export interface StepParts {
  device: Device;
  config: StepConfig;
  /** The way to train; plans need its graphs, not its batches. */
  method: Omit<Method<Sized>, "values">;
  optimizer: Optimizer;
  /** Sums of losses and hits. */
  sums: Parameters;
  /** Scale of the loss; null in f32. */
  scale: Parameters | null;
  /** All stores that a step reads and writes, sums and scale too. */
  stores: readonly Parameters[];
}

/** A run of one of the plans of a step. */
export interface PlanRun {
  /** Name of the plan's work, such as `step`. */
  name: string;
  plan: Plan;
  feeds: Feeds;
}

/** A way to take steps on batches of any size. */
export interface StepPlans extends Disposable {
  /** True if the plans of a step on so many images are made. */
  knows(count: number): boolean;
  /**
   * A step, run by run: the caller runs each before it asks for the next, which may take its results. Missing plans are
   * made first.
   *
   * @throws {MemoryError} when the budget does not hold the plans.
   */
  runs(count: number, values: Values, lr: number): Promise<Iterable<PlanRun>>;
  /** Gives back all memory; the next step makes its plans again. */
  release(): void;
}

/** Submits all runs; waits for nothing but other processes. */
export async function runAll(runs: Iterable<PlanRun>): Promise<void> {
  for (const { plan, feeds } of runs) await plan.runAsync(feeds);
}

/** Stands for a number where only shapes count. */
export const SCALAR = 0;

/** The memory and limits that a step on a whole batch in one plan takes. @throws {TypeError} as {@link Plan.make}. */
export function measureWhole(parts: StepParts, count: number): PlanSize {
  return wholeJit(parts).measure(inputsOf(parts, count), SCALAR);
}

/** Steps in one plan each. */
export function wholeStep(parts: StepParts): StepPlans {
  const step = wholeJit(parts);
  return {
    knows: (count) => step.knows(inputsOf(parts, count), SCALAR),
    runs: async (_, values, lr) => [{ name: "step", ...await step.prepare(values, lr) }],
    release: () => step.release(),
    [Symbol.dispose]: () => step[Symbol.dispose](),
  };
}

function wholeJit(parts: StepParts): Jitted<[Inputs, Tensor], { updates: Tensor[] }> {
  const { method, sums } = parts;
  return jit((inputs: Inputs, lr: Tensor) => {
    const { loss, hits, before, after } = method.graph(inputs);
    const gradients = reducedOf(parts, grad(scaled(parts, loss), method.weights.tensors));
    const update = optimise(parts, gradients, lr);
    return { updates: [...before, accumulateMetrics(sums.tensors[0], loss, hits), ...update, ...after] };
  }, jitOptions(parts));
}

/** Shapes of the inputs of a step on a batch. */
export function inputsOf({ method }: StepParts, count: number): Readonly<Record<string, Shaped>> {
  return method.inputs(count, method.share.own(count));
}

/** Gradients of the weights over all processes: those of weights that judge are whole in each. */
export function reducedOf(
  { method: { share, judging, weights } }: StepParts,
  gradients: readonly Tensor[],
): readonly Tensor[] | Tensor {
  return share.reduce(gradients, (i) => judging.includes(weights.tensors[i]));
}

/** Options of making the plans of a step. @param more Further stores, of one way to take steps. */
export function jitOptions(
  { device, stores, config: { precision } }: StepParts,
  more: readonly ParameterLayout[] = [],
): JitOptions {
  return { device, parameters: [...stores, ...more], precision };
}

/** The scalar that is differentiated: the loss, in f16 times its scale. */
export function scaled({ scale }: StepParts, loss: Tensor): Tensor {
  return scale ? scaleLoss(loss, scale) : loss;
}

/** Effects of the optimiser by the gradients of {@linkcode scaled}; in f16 also the effect that updates the scale. */
export function optimise(parts: StepParts, gradients: readonly Tensor[] | Tensor, lr: Tensor): Tensor[] {
  const { method: { weights }, optimizer, sums, scale } = parts;
  const [guard] = sums.tensors;
  if (!scale) return [optimizer.step(gradients, lr, { guard })];
  const { gradients: flat, unscaled, rescale } = unscale(scale, weights, gradients);
  return [optimizer.step(flat, lr, { guard, unscaled }), rescale];
}

/** The memory and limits of plans and stores together: bytes add up, of each limit the largest counts. */
export function together(sizes: readonly PlanSize[], stores: readonly ParameterLayout[]): PlanSize {
  const all = [
    ...sizes,
    ...stores.map(({ bytes, largest, label }) => ({
      ...{ bytes, largest, workgroups: 0, side: 0 },
      shares: [{ label, bytes }],
    })),
  ];
  const most = (key: Exclude<keyof PlanSize, "shares">) =>
    all.reduce((most, size) => Math.max(most, size[key]), 0);
  return {
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    largest: most("largest"),
    workgroups: most("workgroups"),
    side: most("side"),
    shares: all.flatMap(({ shares }) => shares),
  };
}

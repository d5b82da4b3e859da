import {
  type Device,
  type Feeds,
  grad,
  input,
  type ParameterGroup,
  type ParameterLayout,
  type Parameters,
  Plan,
  type PlanSize,
  type PlanSpec,
  scaleLoss,
  sgd,
  type Tensor,
  track,
  unscale,
} from "../engine/mod.ts";
import type { Method } from "./method.ts";
import type { TrainConfig } from "./train_schema.ts";

/** What the plans of a step are made of. */
export interface StepParts {
  device: Device;
  config: TrainConfig;
  method: Method;
  momenta: Parameters;
  /** Where losses and hits are summed up. */
  sums: Parameters;
  /** Of the loss; in f16 alone. */
  scale: Parameters | null;
  /** All that a step reads and writes, those above too. */
  stores: readonly Parameters[];
  /** Tensors with a learning rate of their own. */
  groups: readonly ParameterGroup[] | undefined;
}

/** A run of one of the plans of a step. */
export interface PlanRun {
  /** What the plan does, such as `step`. */
  name: string;
  plan: Plan;
  feeds: Feeds;
}

/** The plans of a step on a batch of one size. */
export interface StepPlans extends Disposable {
  /**
   * A step, run by run: the caller runs each before it asks for the next, which may take its results.
   *
   * @param feeds The inputs of the method's graph, and lr.
   */
  runs(feeds: Feeds): Iterable<PlanRun>;
}

/** Submits all of them; does not wait. */
export function runAll(runs: Iterable<PlanRun>): void {
  for (const { plan, feeds } of runs) plan.run(feeds);
}

/** What a whole batch in one plan takes. @throws {TypeError} as {@link Plan.make}. */
export function measureWhole(parts: StepParts, size: number): PlanSize {
  return Plan.measure(parts.device, wholeSpec(parts, size));
}

/** A step in one plan. @throws {MemoryError} when the budget does not hold it. */
export async function wholeStep(parts: StepParts, size: number): Promise<StepPlans> {
  const plan = await Plan.make(parts.device, wholeSpec(parts, size));
  return {
    runs: (feeds) => [{ name: "step", plan, feeds }],
    [Symbol.dispose]: () => plan[Symbol.dispose](),
  };
}

function wholeSpec(parts: StepParts, size: number): PlanSpec {
  const { method, sums, stores, config: { precision } } = parts;
  const { loss, hits, before, after } = method.graph(size);
  const gradients = grad(scaled(parts, loss), method.weights.tensors);
  return {
    updates: [...before, track(sums.tensors[0], loss, hits), ...optimise(parts, gradients), ...after],
    parameters: stores,
    precision,
  };
}

/** What is differentiated: the loss, in f16 times its scale. */
export function scaled({ scale }: StepParts, loss: Tensor): Tensor {
  return scale ? scaleLoss(loss, scale) : loss;
}

/** Effects of the optimiser by the gradients of {@linkcode scaled}; in f16 the one that moves the scale on, too. */
export function optimise(parts: StepParts, gradients: readonly Tensor[] | Tensor): Tensor[] {
  const { method: { weights }, momenta, sums, scale, groups, config: { optimizer } } = parts;
  const { momentum, weightDecay, nesterov } = optimizer;
  const { rescale, ...given } = scale ? unscale(scale, weights, gradients) : { gradients, rescale: null };
  const update = sgd({
    parameters: weights,
    momenta,
    ...given,
    lr: input("lr", []),
    momentum,
    weightDecay,
    nesterov,
    groups,
    guard: sums.tensors[0],
  });
  return rescale ? [update, rescale] : [update];
}

/** What plans and stores take that are there at one time. */
export function together(sizes: readonly PlanSize[], stores: readonly ParameterLayout[]): PlanSize {
  const all = [...sizes, ...stores.map(({ bytes }) => ({ bytes, largest: bytes, workgroups: 0, side: 0 }))];
  const most = (key: keyof PlanSize) => all.reduce((most, size) => Math.max(most, size[key]), 0);
  return {
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    largest: most("largest"),
    workgroups: most("workgroups"),
    side: most("side"),
  };
}

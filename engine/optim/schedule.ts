/**
 * Learning rate at a time counted from 0, in epochs or in iterations, as its user counts. It is a pure function, so that
 * a resumed run needs nothing but the time.
 */
export type Schedule = (at: number) => number;

/**
 * The same learning rate all the time.
 *
 * @example
 * ```ts
 * import { constantRate } from "everyclass/optim";
 * console.log(constantRate(0.1)(7)); // 0.1
 * ```
 */
export function constantRate(lr: number): Schedule {
  return () => lr;
}

/**
 * From each of the times `at` on, which ascend, lr times the factor of the same place; lr before the first.
 * Source: torch.optim.lr_scheduler.MultiStepLR, whose factors are the powers of its gamma.
 *
 * @example
 * ```ts
 * import { stepRate } from "everyclass/optim";
 * const rate = stepRate(1, { at: [2, 4], factors: [0.5, 0.25] });
 * console.log([0, 2, 4].map(rate)); // [1, 0.5, 0.25]
 * ```
 */
export function stepRate(
  lr: number,
  steps: { at: readonly number[]; factors: readonly number[] },
): Schedule {
  return (now) => lr * (steps.factors[steps.at.findLastIndex((step) => now >= step)] ?? 1);
}

/**
 * Half a cosine from lr down to `to` (default 0), which it reaches at `over`. Source: torch.optim.lr_scheduler.CosineAnnealingLR.
 *
 * @example
 * ```ts
 * import { cosineRate } from "everyclass/optim";
 * console.log([0, 5, 10].map(cosineRate(1, { over: 10 }))); // [1, 0.5, 0]
 * ```
 */
export function cosineRate(
  lr: number,
  { over, to = 0 }: { over: number; to?: number | undefined },
): Schedule {
  return (now) => to + (lr - to) * (1 + Math.cos(Math.PI * Math.min(now / over, 1))) / 2;
}

/**
 * A schedule with a linear warm-up: 1/over of it at time 0, 2/over at 1, all of it from over - 1 on; the schedule's own
 * time runs from the start. Source: torch.optim.lr_scheduler.LinearLR and ChainedScheduler.
 *
 * @example
 * ```ts
 * import { constantRate, warmUp } from "everyclass/optim";
 * console.log([0, 1, 2].map(warmUp(constantRate(1), 2))); // [0.5, 1, 1]
 * ```
 */
export function warmUp(schedule: Schedule, over: number): Schedule {
  return (now) => schedule(now) * Math.min((now + 1) / over, 1);
}

/**
 * Learning rate at a time counted from 0, in epochs or in iterations, as its user counts. It is a pure function, so that
 * a resumed run needs nothing but the time.
 */
export type Schedule = (at: number) => number;

/** The same learning rate at all times. */
export function constantRate(lr: number): Schedule {
  return () => lr;
}

/** Learning rate multiplied by `by` at each of the times `at`. Source: torch.optim.lr_scheduler.MultiStepLR. */
export function stepRate(lr: number, steps: { at: readonly number[]; by: number }): Schedule {
  return (now) => lr * steps.by ** steps.at.filter((step) => now >= step).length;
}

/** Times `by` every so often. Source: torch.optim.lr_scheduler.StepLR. */
export function stairRate(lr: number, { every, by }: { every: number; by: number }): Schedule {
  return (now) => lr * by ** Math.floor(now / every);
}

/** Half a cosine from lr down to `to` (default 0), which it reaches at `over`. Source: torch.optim.lr_scheduler.CosineAnnealingLR. */
export function cosineRate(lr: number, { over, to = 0 }: { over: number; to?: number }): Schedule {
  return (now) => to + (lr - to) * (1 + Math.cos(Math.PI * Math.min(now / over, 1))) / 2;
}

/**
 * A schedule with a linear warm-up: 1/over of its rate at time 0, 2/over at 1, the whole rate from over - 1 on. The
 * schedule's own time runs from the start. Source: torch.optim.lr_scheduler.LinearLR and ChainedScheduler.
 */
export function warmUp(schedule: Schedule, over: number): Schedule {
  return (now) => schedule(now) * Math.min((now + 1) / over, 1);
}

/** One schedule until a time, then another schedule, whose time starts there. Source: torch.optim.lr_scheduler.SequentialLR. */
export function inTurn(first: Schedule, until: number, next: Schedule): Schedule {
  return (now) => now < until ? first(now) : next(now - until);
}

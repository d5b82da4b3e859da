import { constantRate, cosineRate, type Schedule, stepRate, warmUp } from "../../engine/mod.ts";
import type { OptimizerConfig } from "../config/schema/optimizer.ts";

/** Computes the learning rate of an epoch, counted from 0. */
export function learningRates(
  { lr, schedule }: Pick<OptimizerConfig, "lr" | "schedule">,
  epochs: number,
): Schedule {
  const { warmup } = schedule;
  const base = unwarmed(lr, schedule, epochs);
  const rate = warmup > 0 ? warmUp(base, warmup) : base;
  return (epoch) => Number(rate(epoch).toPrecision(12)); // 0.1 * 3 / 5 is 0.06000000000000001
}

function unwarmed(
  lr: number,
  { kind, steps, factors }: OptimizerConfig["schedule"],
  epochs: number,
): Schedule {
  switch (kind) {
    case "constant":
      return constantRate(lr);
    case "steps":
      return stepRate(lr, { at: steps, factors });
    case "cosine":
      return cosineRate(lr, { over: epochs });
  }
}

import { cosineRate, type Schedule, stepRate, warmUp } from "../engine/mod.ts";
import type { TrainConfig } from "./train_schema.ts";

/** The learning rate of each epoch, counted from 0. */
export function learningRates(
  { lr, warmup, schedule: { kind, steps, factors } }: TrainConfig["optimizer"],
  epochs: number,
): Schedule {
  const base = kind === "cosine" ? cosineRate(lr, { over: epochs }) : stepRate(lr, { at: steps, factors });
  const rate = warmup > 0 ? warmUp(base, warmup) : base;
  return (epoch) => Number(rate(epoch).toPrecision(12)); // 0.1 * 3 / 5 is 0.06000000000000001
}

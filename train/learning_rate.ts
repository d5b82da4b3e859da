import { cosineRate, type Schedule, warmUp } from "../engine/mod.ts";
import type { TrainConfig } from "./train_schema.ts";

/** The learning rate of each epoch, counted from 0. */
export function learningRates(
  { lr, warmup, schedule: { kind, steps, factors } }: TrainConfig["optimizer"],
  epochs: number,
): Schedule {
  const stepped: Schedule = (epoch) => lr * (factors[steps.findLastIndex((step) => epoch >= step)] ?? 1);
  const base = kind === "cosine" ? cosineRate(lr, { over: epochs }) : stepped;
  const rate = warmup > 0 ? warmUp(base, warmup) : base;
  return (epoch) => Number(rate(epoch).toPrecision(12)); // 0.1 * 3 / 5 is 0.06000000000000001
}

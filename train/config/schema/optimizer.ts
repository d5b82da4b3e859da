import { z } from "zod";
import { ASCENDING, type Conflict } from "./keys.ts";
import { above, atLeast, choice, flag, many, share, whole } from "./parts.ts";

/** Momentum of SGD. */
const MOMENTUM = 0.9;

/** Default numbers of AdamW, as torch has them. */
export const ADAMW: { betas: [number, number]; eps: number } = { betas: [0.9, 0.999], eps: 1e-8 };

/** The optimizer, and its learning rate over the epochs. */
export const optimizerKeys = (
  { lr, weightDecay, schedule: { kind, steps, factors, warmup } }: {
    lr: number;
    weightDecay: number;
    schedule: { kind: "steps" | "cosine"; steps: number[]; factors: number[]; warmup: number };
  },
) => ({
  name: choice(["sgd", "adamw"]).default("sgd"),
  lr: above(0).default(lr),
  /** sgd: factor on the past gradients in a step; 0: no momentum. */
  momentum: share().default(MOMENTUM),
  nesterov: flag().default(false),
  weightDecay: atLeast(0).default(weightDecay),
  /** adamw: shares of the old values in the means of gradients and of their squares. */
  betas: z.tuple([share(), share()]).describe("two numbers from 0 to below 1").default(ADAMW.betas),
  /** adamw: number added to the root of the mean of squares. */
  eps: above(0).default(ADAMW.eps),
  schedule: z.strictObject({
    /** The learning rate stays lr, or is lr times a factor from each step on, or falls along half a cosine to 0. */
    kind: choice(["constant", "steps", "cosine"]).default(kind),
    /** Epochs, counted from 0, from which on the learning rate is lr times the factor of the same place. */
    steps: z.array(z.int().min(1)).describe(ASCENDING).default(steps),
    factors: z.array(z.number().gt(0)).describe("a list of numbers above 0, as many as steps").default(
      factors,
    ),
    /** Number of first epochs in which the learning rate rises linearly to the rate of the schedule. */
    warmup: whole(0, many).default(warmup),
  }).describe("kind, steps, factors and warmup").prefault({}),
});

/** An optimizer of any command. */
export type OptimizerConfig = z.output<z.ZodObject<ReturnType<typeof optimizerKeys>>>;

/** Finds conflicts between keys of an optimizer. */
export function optimizerConflicts(
  { name, nesterov, momentum, betas, eps, schedule }: OptimizerConfig,
): Conflict[] {
  const found: Conflict[] = [];
  const add = (wrong: boolean, key: string, takes: string) =>
    wrong && found.push({ key: `optimizer.${key}`, takes });
  const steps = stepsOf(schedule);
  add(steps.some((step, i) => i > 0 && step <= steps[i - 1]), "schedule.steps", ASCENDING);
  add(
    schedule.kind === "steps" && schedule.factors.length !== steps.length,
    "schedule.factors",
    `as many numbers as there are steps (${steps.length})`,
  );
  add(nesterov && momentum === 0, "momentum", "a number above 0 with nesterov");
  const ofSgd = "with adamw: it is a key of sgd";
  add(name !== "sgd" && nesterov, "nesterov", `false ${ofSgd}`);
  add(name !== "sgd" && momentum !== MOMENTUM, "momentum", `${MOMENTUM} ${ofSgd}`);
  const ofAdamw = "with sgd: it is a key of adamw";
  const otherBetas = betas.some((beta, i) => beta !== ADAMW.betas[i]);
  add(name !== "adamw" && otherBetas, "betas", `[${ADAMW.betas.join(", ")}] ${ofAdamw}`);
  add(name !== "adamw" && eps !== ADAMW.eps, "eps", `${ADAMW.eps} ${ofAdamw}`);
  return found;
}

/** The epochs at which a schedule changes by steps. */
export function stepsOf({ kind, steps }: OptimizerConfig["schedule"]): readonly number[] {
  return kind === "steps" ? steps : [];
}

import { parseJson } from "../../formats/json/mod.ts";
import { z } from "zod";
import type { EpochRow } from "../results/records.ts";
import type { Seconds } from "./work.ts";

/** The training that a run has to do. */
export interface Extent {
  epochs: number;
  /** Steps of an epoch. */
  steps: number;
}

/** The numbers of a run's work that its file keeps as texts. */
export interface WorkNumbers {
  step: number;
  epochs: EpochRow[];
  seconds: Seconds;
}

/** Zero or more, and finite. */
const amount = z.number().nonnegative();
/** Per cent; means may round a little beyond 100. */
const percent = z.number().min(0).max(100 + 1e-6);
const whole = z.int().nonnegative();

const metrics = z.looseObject({ mean: percent, gmean: percent, hmean: percent, lowest: percent });

const row = z.object({
  epoch: z.int().positive(),
  lr: amount,
  loss: z.number(),
  accuracy: percent,
  seconds: amount,
  // JSON has no infinity, which an epoch of no time gives.
  imagesPerSecond: amount.nullable().transform((value) => value ?? Infinity),
  test: metrics.nullable(),
});

const numbers = z.object({
  step: whole.default(0),
  epochs: z.array(row).refine((rows) => rows.every(({ epoch }, i) => epoch === i + 1), {
    error: "takes a row for each epoch, from 1",
  }),
  seconds: z.object({
    stage1: amount.default(0),
    evaluate: amount,
    features: amount,
    train: amount.default(0),
    // The version before called training on features `retrain`.
    retrain: amount.default(0),
    epoch: amount.default(0),
    total: amount,
  }).transform(({ retrain, ...seconds }) => ({ ...seconds, train: seconds.train || retrain })),
});

/**
 * Reads the numbers in the metadata of a work file.
 *
 * @param extent The training of the run: the work cannot be beyond it. @param path The run folder, for errors.
 * @throws {RangeError} when a number is missing, of another type or out of range.
 */
export function workNumbers(metadata: Record<string, string>, extent: Extent, path: string): WorkNumbers {
  const read = parseTexts(numbers, metadata, path);
  const { epochs, step } = read;
  const steps = epochs.length < extent.epochs ? extent.steps : 1;
  if (epochs.length > extent.epochs) {
    throw notLeft(path, `epochs takes at most ${extent.epochs} rows, current are ${epochs.length}`);
  }
  if (step >= steps) {
    throw notLeft(path, `step takes a whole number below ${steps}, current is ${step}`);
  }
  return read as WorkNumbers;
}

/**
 * Reads texts of JSON in the metadata of a work file.
 *
 * @param schema Takes an object of the texts' values. @param path The run folder, for errors.
 * @throws {RangeError} when a text is no JSON, or a value is not what the schema takes.
 */
export function parseTexts<T extends z.ZodRawShape>(
  schema: z.ZodObject<T>,
  metadata: Record<string, string>,
  path: string,
): z.infer<z.ZodObject<T>> {
  const known = Object.keys(schema.shape).filter((key) => metadata[key] !== undefined);
  const values = Object.fromEntries(known.map((key) => [key, jsonOf(metadata[key], key, path)]));
  const { data, error } = schema.safeParse(values);
  if (data !== undefined) return data;
  const [{ path: at, message }] = error!.issues;
  throw notLeft(path, `${at.join(".")}: ${message}`);
}

function jsonOf(text: string, key: string, path: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw notLeft(path, `${key} takes JSON, current is ${text.slice(0, 40)}`);
  }
}

/** The error on saved work that no run wrote. @param path The run folder. @param why The clause on the part that is wrong. */
export function notLeft(path: string, why: string): RangeError {
  return new RangeError(
    `Cannot resume ${path}: its work.safetensors is not what an interrupted run left: ${why}`,
  );
}

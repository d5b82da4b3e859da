import { initHead, nameOf, torchShape } from "../../engine/mod.ts";
import type { FeaturesConfig } from "../config/schema/features.ts";
import type { ClassifierSetup, State } from "../setup/setup.ts";
import { readArray } from "./array_file.ts";

/** A classifier's weight [C, F] in a file. */
export interface GivenWeight {
  classes: number;
  /** [C, F]. */
  values: Float32Array;
}

/**
 * Reads a classifier's weight.
 *
 * @param features Length F of a row of features.
 * @throws {Error} when the file cannot be read. @throws {RangeError} when the weight has another shape.
 */
export async function readWeight(given: string, features: number): Promise<GivenWeight> {
  const { shape, data } = await readArray("weight", given);
  const [classes, width] = shape;
  if (shape.length === 2 && width === features && data instanceof Float32Array) {
    return { classes, values: data };
  }
  const remedy = shape.length === 2 && classes === features
    ? "it is transposed: save weight.T"
    : "weight and features belong to other networks, or features were not taken right before the last layer";
  throw new RangeError(
    `Cannot take the weight ${given}: it takes floats [C, F] for features of length F = ${features}, current are ` +
      `${data instanceof Float32Array ? "" : "whole numbers "}[${shape.join(", ")}]: ${remedy}`,
  );
}

/**
 * The values of a classifier to begin with: those given, without a bias zeros; without a weight initialised values.
 *
 * @throws {RangeError} when the bias has another shape.
 */
export async function startOf(
  network: ClassifierSetup["network"],
  { bias, seed }: Pick<FeaturesConfig, "bias" | "seed">,
  weight: GivenWeight | null,
): Promise<{ stage1: State; initialized: string[] }> {
  const { stored } = network.classifier;
  if (weight === null) return { stage1: initHead(network, seed), initialized: stored.map(nameOf) };
  const [first, second] = stored;
  const values = [[nameOf(first), weight.values] as const];
  if (second) {
    const [size] = torchShape(second);
    values.push([nameOf(second), bias === null ? new Float32Array(size) : await readBias(bias, size)]);
  }
  return { stage1: new Map(values), initialized: [] };
}

async function readBias(given: string, classes: number): Promise<Float32Array> {
  const { shape, data } = await readArray("bias", given);
  if (shape.length === 1 && shape[0] === classes && data instanceof Float32Array) return data;
  throw new RangeError(
    `Cannot take the bias ${given}: it takes floats [C] for C = ${classes} classes, current are [${
      shape.join(", ")
    }]: ` +
      "bias and weight belong to other classifiers",
  );
}

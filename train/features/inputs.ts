import type { Tensor, Value } from "../../engine/mod.ts";
import type { Config } from "../config/load.ts";
import type { Setup } from "../setup/setup.ts";

/** Inputs of a step's graph, by name. */
export type Inputs = Readonly<Record<string, Tensor>>;

/** Values of the inputs, by the same names. */
export type Values = Readonly<Record<string, Value>>;

/** The part of a setup that images go through. */
export interface BackboneSetup
  extends Pick<Setup, "network" | "device" | "backbone" | "statistics" | "team"> {
  dataset: Pick<Setup["dataset"], "mean" | "std">;
}

/** The keys of a config that a pass over images goes by. */
export interface PassConfig extends Pick<Config, "batch" | "seed" | "workers"> {
  /** Most images of a batch with frozen statistics; 128 by default. */
  most?: number | undefined;
}

import type { Tensor, Value } from "../../engine/mod.ts";

/** Inputs of a step's graph, by name. */
export type Inputs = Readonly<Record<string, Tensor>>;

/** Values of the inputs, by the same names. */
export type Values = Readonly<Record<string, Value>>;

import { inOrder, jit, type JitOptions, type Tensor } from "../../engine/mod.ts";
import type { Inputs, Values } from "./inputs.ts";

/**
 * Sync point: runs a graph again with every tensor kept, to name the first that has a NaN or infinite value.
 *
 * @param graph The computation. @param values Values of its inputs.
 * @returns The tensor in words, or null when all are finite.
 */
export async function firstNonFinite(
  graph: (inputs: Inputs) => readonly Tensor[],
  values: Values,
  options: JitOptions,
): Promise<string | null> {
  let order: Tensor[] = [];
  using all = jit(
    (inputs: Inputs) => order = inOrder(graph(inputs)).filter(({ dtype }) => dtype === "f32"),
    options,
  );
  const results = await all(values);
  const kept = await Promise.all(results.map((result) => result.data()));
  const first = kept.findIndex((tensor) => !allFinite(tensor));
  return first < 0 ? null : describe(order[first]);
}

/** True if no value is NaN or infinite. */
function allFinite(values: Float32Array): boolean {
  return values.every(Number.isFinite);
}

/** The name of the first tensor of a state that is not finite, or null. */
export function brokenTensor(state: ReadonlyMap<string, Float32Array>): string | null {
  for (const [name, values] of state) if (!allFinite(values)) return name;
  return null;
}

/** `matmul [128, 10] of features, linear.weight, linear.bias`, or `linear.weight [10, 64]` for a tensor with a name. */
function describe(tensor: Tensor): string {
  const shape = `[${tensor.shape.join(", ")}]`;
  const name = nameOf(tensor);
  if (name) return `${name} ${shape}`;
  // A weight may be packed or transposed before it is used.
  const names = tensor.inputs.flatMap((input) =>
    nameOf(input) ?? input.inputs.map(nameOf).filter((n) => n !== null)
  );
  return `${tensor.op.name} ${shape}${names.length > 0 ? ` of ${names.join(", ")}` : ""}`;
}

/** The name of what the program feeds or keeps; other ops may have a name among their attributes that is no tensor's. */
function nameOf({ op, attrs }: Tensor): string | null {
  return ["input", "parameter"].includes(op.name) ? (attrs as { name: string }).name : null;
}

import { type Device, type Feeds, inOrder, type Parameters, Plan, type Tensor } from "../engine/mod.ts";

/**
 * Sync point: runs a graph again with every tensor kept, to name the first that has a NaN or infinite value.
 *
 * @param roots What was computed. @param parameters Stores of its parameters. @param feeds The inputs' values; those
 * that the graph does not have play no part.
 * @returns The tensor in words, or null when all are finite.
 */
export async function firstNonFinite(
  device: Device,
  roots: readonly Tensor[],
  parameters: readonly Parameters[],
  feeds: Feeds,
): Promise<string | null> {
  const order = inOrder(roots).filter(({ dtype }) => dtype === "f32");
  const outputs = Object.fromEntries(order.map((tensor, i) => [`${i}`, tensor]));
  using plan = await Plan.make(device, { outputs, parameters });
  plan.run(Object.fromEntries([...plan.inputs.keys()].map((name) => [name, feeds[name]])));
  const values = await Promise.all(order.map((_, i) => plan.read(`${i}`)));
  const first = values.findIndex((tensor) => !allFinite(tensor));
  return first < 0 ? null : describe(order[first]);
}

/** Whether no value is NaN or infinite. */
function allFinite(values: Float32Array): boolean {
  return values.every(Number.isFinite);
}

/** The name of the first tensor of a state that is not finite, or null. */
export function brokenTensor(state: ReadonlyMap<string, Float32Array>): string | null {
  for (const [name, values] of state) if (!allFinite(values)) return name;
  return null;
}

/** `matmul [128, 10] of features, linear.weight, linear.bias`, or `linear.weight [10, 64]` for what has a name. */
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

function nameOf({ attrs }: Tensor): string | null {
  return (attrs as { name?: string } | null)?.name ?? null;
}

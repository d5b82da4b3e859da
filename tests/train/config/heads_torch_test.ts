// Three steps on a last layer alone as PyTorch takes them: LDAM, and MiSLAS's second stage with its two learning rates.

import {
  grad,
  type HeadKind,
  headOf,
  input,
  loadState,
  nameOf,
  Parameters,
  Plan,
  readState,
  sgdUpdate,
} from "../../../engine/mod.ts";
import { losses } from "../../../train/config/schema/losses.ts";
import { deviceOf, FAMILIES } from "../../engine/check.ts";
import { assertClose } from "../../engine/close.ts";
import { torchCases } from "../../engine/torch_cases.ts";

const parts = { gamma: 2, lambda: 1, smoothing: { head: 0.4, tail: 0.1 }, margin: 0.5 };

for (const [op, kind, name] of [["ldam", "cosine", "ldam"], ["mislas", "scaled", "las"]] as const) {
  Deno.test(`three steps of ${op} as PyTorch`, async () => {
    for (const family of FAMILIES) await compare(op, kind, name, family);
  });
}

async function compare(
  op: string,
  kind: HeadKind,
  name: "ldam" | "las",
  family: (typeof FAMILIES)[number],
): Promise<void> {
  const [{ attributes: { lr, factors, weightDecay }, tensors }] = torchCases(op, "heads.safetensors");
  const valuesOf = (key: string) => tensors.get(key)!.data;
  const [steps, batch, features] = tensors.get("features")!.shape;
  const counts = Uint32Array.from(valuesOf("counts"));
  const head = headOf(kind, { classes: counts.length, features });
  const keyOf = (tensor: (typeof head.tensors)[number]) => nameOf(tensor).replace("linear.", "");

  const device = await deviceOf(family);
  using weights = new Parameters(device, head.tensors, "head");
  using momenta = weights.like("momentum");
  loadState([weights], new Map(head.tensors.map((tensor) => [nameOf(tensor), valuesOf(keyOf(tensor))])));
  const labels = input("labels", [batch], "u32");
  const logits = head.logits(input("features", [batch, features]));
  const loss = losses[name].of({
    ...parts,
    logits,
    labels,
    counts,
    weights: input("weights", [counts.length]),
  });
  const update = sgdUpdate({
    parameters: weights,
    momenta,
    gradients: grad(loss, head.tensors),
    lr: input("lr", []),
    momentum: 0.9,
    weightDecay,
    groups: head.tensors.map((tensor) => ({ tensors: [tensor], lrFactor: factors[keyOf(tensor)] })),
  });
  using plan = await Plan.make(device, {
    outputs: { loss },
    updates: [update],
    parameters: [weights, momenta],
  });
  const found: number[] = [];
  for (let step = 0; step < steps; step++) {
    const part = (key: string, length: number) => valuesOf(key).slice(step * length, (step + 1) * length);
    plan.run({
      features: part("features", batch * features),
      labels: Uint32Array.from(part("labels", batch)),
      lr: Float32Array.of(lr),
      ...losses[name].weighted && { weights: Float32Array.from(counts, (count) => 1 / count) },
    });
    found.push((await plan.read("loss"))[0]);
  }
  // Three steps of float32 on logits of up to 30, of which each takes in the rounding of those before.
  assertClose(`${family} losses`, found, valuesOf("losses"), { relative: 2e-5 });
  for (const [key, values] of await readState([weights])) {
    const after = valuesOf(`${key.replace("linear.", "")}_after`);
    assertClose(`${family} ${key}`, values, after, { relative: 2e-5 });
  }
}

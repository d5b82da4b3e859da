import matrices from "../../../../shaders/matmul/matrices.wgsl" with { type: "text" };
import type { Kernel, Tensor } from "../../../graph/node.ts";
import { isTranspose } from "../../shape/transpose.ts";
import { ceil4 } from "../../lowering/tiling.ts";

/** Lengths of a product, of one of a batch too. */
export function sizes({ shape, inputs: [a] }: Tensor) {
  const [K, N] = [a.shape.at(-1)!, shape.at(-1)!];
  const batch = shape.length === 3 ? shape[0] : 1;
  return { batch, M: shape.at(-2)!, K, N, K4: ceil4(K) / 4, N4: ceil4(N) / 4 };
}

/** Operands and switches that both kernels share. */
export function bindings(node: Tensor<null>): Pick<Kernel, "bind" | "defines" | "includes"> {
  const bias = node.inputs.length > 2;
  const batched = node.shape.length === 3;
  return {
    bind: {
      // The row of a transpose may be as long as a batch.
      a: { input: 0, ragged: !batched && isTranspose(node.inputs[0]) },
      b: { input: 1 },
      ...bias && { bias: { input: 2 } },
      y: { output: true as const },
    },
    defines: { BIAS: Number(bias), SINGLE: Number(!batched) },
    includes: { matrices },
  };
}

import type { Shape } from "../../engine/kernel/shape.ts";
import type { Tensor } from "../../engine/graph/node.ts";
import { ofHalf } from "../half.ts";
import { checkF16, isFirst } from "./check_f16.ts";
import { compareGraph } from "./compare.ts";
import type { CheckOptions, Example } from "./examples.ts";
import { deviceOf, evaluate, FAMILIES } from "./families.ts";

export { type CheckOptions, deviceOf, evaluate, type Example, FAMILIES };

/**
 * Registers a test of an op. In both families it compares shape and values with the float64 reference, and every
 * input's gradient with the reference of the same gradient graph; that one is compared with central differences. Of
 * each op one shape is compared once more where values are stored in f16.
 */
export function checkOp(
  name: string,
  build: (...inputs: Tensor[]) => Tensor,
  examples: readonly (Shape | Example)[],
  options: CheckOptions = {},
): void {
  const full = examples.map((example) => "shape" in example ? example : { shape: example as Shape });
  const title = `${name} ${full.map(({ shape }) => `[${shape.join(", ")}]`).join(" ")}`;
  Deno.test(title, () => compareGraph(title, build, full, options));
  if (!options.f16 && !isFirst(name, full)) return;
  Deno.test({ ...ofHalf(`${title} in f16`), fn: () => checkF16(title, build, full, options) });
}

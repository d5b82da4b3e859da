import type { Values } from "../../features/inputs.ts";
import { firstNonFinite } from "../../features/non_finite.ts";
import { pick, sliceRows, type SplitStep } from "./split_step.ts";
import type { StepParts } from "./step_plans.ts";

/** A step that takes its batch in parts. */
interface InParts {
  step: SplitStep;
  /** Images of the parts, in their order. */
  sizes: readonly number[];
}

/**
 * Sync point: the first tensor that is not finite in the forward pass of a step. A batch in parts is searched part by part
 * through the backbone, then from the features of all parts on.
 *
 * @param count Images of the batch. @param values Values of its inputs. @param inParts Null where the batch is taken whole.
 * @returns The tensor in words; null when all are finite.
 * @throws {MemoryError} when there is no room to keep every tensor.
 */
export async function firstBadOf(
  { device, method: { phases, graph }, stores }: StepParts,
  count: number,
  values: Values,
  inParts: InParts | null,
): Promise<string | null> {
  const options = { device, parameters: stores };
  if (typeof phases === "string" || !inParts) {
    return await firstNonFinite((inputs) => [graph(inputs).loss], values, options);
  }
  const { step, sizes } = inParts;
  let from = 0;
  for (const size of sizes) {
    const part = sliceRows(pick(values, phases.encoded), from, size);
    const found = await firstNonFinite((inputs) => [phases.encode(inputs).features], part, options);
    if (found) return found;
    from += size;
  }
  try {
    const store = await step.encode(count, values);
    const [features] = store.tensors;
    return await firstNonFinite((inputs) => [phases.judge(features, inputs).loss], values, options);
  } finally {
    step.release();
  }
}

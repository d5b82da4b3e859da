import { assert, assertEquals } from "@std/assert";
import type { Tensor } from "../../engine/graph/node.ts";
import { Plan } from "../../engine/plan/plan.ts";
import type { Shape } from "../../engine/kernel/shape.ts";
import { comparisonOf, type Way } from "./compare.ts";
import type { CheckOptions, Example } from "./examples.ts";
import { deviceOf, evaluateAll, kernelsOf, WITHOUT_SUBGROUPS } from "./families.ts";

/** By subgroups, and as on an adapter without. */
const WAYS: readonly Way[] = ["lane", WITHOUT_SUBGROUPS];

/**
 * Registers a test of an op in the `lane` family: with subgroups and without them values and gradients are those of the
 * float64 reference, and both the same to the bit. Where the adapter has subgroups of 8, kernels with these labels run, and
 * without subgroups no kernel of such a label runs.
 */
export function checkSubgroups(
  name: string,
  build: (...inputs: Tensor[]) => Tensor,
  examples: readonly (Shape | Example)[],
  labels: readonly string[],
  options: CheckOptions = {},
): void {
  const full = examples.map((example) => "shape" in example ? example : { shape: example as Shape });
  const title = `${name} ${full.map(({ shape }) => `[${shape.join(", ")}]`).join(" ")}`;
  Deno.test(title, async () => {
    const { runs, check } = await comparisonOf(title, build, full, options, { ways: WAYS, places: 2 });
    const found = await evaluateAll(runs);
    check(found);
    const [shared, alone] = found;
    for (const key of Object.keys(alone)) assertEquals(shared[key], alone[key], `${key} with and without`);
    const ran = await Promise.all(runs.map(async ({ device, outputs }) => {
      using plan = await Plan.make(device, { outputs });
      return kernelsOf(plan.steps).map(({ label }) => label);
    }));
    const { subgroup } = await deviceOf("lane");
    for (const label of labels) {
      if (subgroup === 8) assert(ran[0].includes(label), `no ${label} among ${ran[0].join()}`);
    }
    assert(!ran[1].some((label) => label.endsWith("_subgroup")), ran[1].join());
  });
}

// No op is left out of the properties: neither what a user calls nor what its gradients are made of.

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { inOrder } from "../../../engine/graph/graph.ts";
import { input, parameter } from "../../../engine/graph/source.ts";
import { pullback } from "../../../engine/autodiff/differentiate.ts";
import * as losses from "../../../engine/nn/losses.ts";
import { pacoLoss } from "../../../engine/nn/paco.ts";
import * as ops from "../../../engine/ops/mod.ts";
import { sourceFiles, textOf } from "../../source_files.ts";
import type { Drawn } from "./case.ts";
import { PROPERTIES } from "./properties.ts";

/** Where values come from: nothing is computed. */
const SOURCES = new Set(["constant", "input", "nameOf", "parameter", "tensor"]);

/** Ops that plans put in the place of others, with tests of their passes; no graph has them. */
const OF_PLANS = new Set([
  "copy",
  "channel_moment_parts",
  "told_moments",
  "batch_norm_sum_parts",
  "told_sums",
  "add_views",
  "filter_bank",
  "banked_filters",
  "gradient_memory",
  "gather_gradients",
  "gradients",
  "stack",
  "layers",
  "conv2d_filters_grad_parts",
]);

/** Functions and ops of several processes, which have no reference: `tests/engine/ops/collective` draws ranks for them. */
const OF_RANKS = new Set(["allGather", "allReduce", "syncBatchNorm"]);
for (const name of ["all_gather", "all_reduce", "moments_of_ranks", "sums_of_ranks", "to_host", "part"]) {
  OF_PLANS.add(name);
}

Deno.test("every op and every loss that is exported has a property", () => {
  const names = [ops, losses, { pacoLoss }].flatMap(Object.keys).filter((name) =>
    !SOURCES.has(name) && !OF_RANKS.has(name)
  );
  assertEquals(names.length > 60, true);
  assertEquals(names.filter((name) => !(name in PROPERTIES)), []);
});

Deno.test("every op of engine/ops is in a graph that a property draws", () => {
  const declared = sourceFiles("engine/ops/").flatMap((path) =>
    [...textOf(path).matchAll(/\bname: "(\w+)"|\b(?:unary|binary|pool)Op(?:<.*?>)?\("(\w+)"/g)]
      .map(([, name, other]) => name ?? other)
  );
  assertEquals(declared.length > 60, true);
  const drawn = new Set(
    Object.values(PROPERTIES).flatMap((property) =>
      fc.sample(property, { seed: 1, numRuns: 30 }).flatMap(opsOf)
    ),
  );
  assertEquals([...new Set(declared)].filter((name) => !drawn.has(name) && !OF_PLANS.has(name)), []);
});

/** Names of the ops of a case and of its gradients. */
function opsOf({ build, examples, options, stored = 0 }: Drawn): string[] {
  const inputs = examples.map(({ shape, dtype }, i) =>
    (i < stored ? parameter : input)(`${i}`, shape, dtype)
  );
  const y = build(...inputs);
  const wrt = inputs.filter((tensor, i) => examples[i].gradient ?? tensor.dtype === "f32");
  const gradients = options?.gradient === false || stored > 0 ? [] : pullback(y, input("dy", y.shape), wrt);
  return inOrder([y, ...gradients]).map(({ op }) => op.name);
}

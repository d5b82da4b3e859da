// Every op, for shapes, strides, groups and values that are drawn: its result and its gradients are those of its float64
// reference. Here with a fixed seed, in one kernel family each; `deno task test:random` draws more, and runs them in both:
//
//   deno task test:random                    300 cases an op, by another seed each time
//   deno task test:random --op conv2d --seed 5 --cases 50

import fc from "fast-check";
import { parseArgs } from "node:util";
import { seedOf } from "../random.ts";
import { compare, type Property } from "./case.ts";
import { PROPERTIES } from "./properties.ts";

/** Cases and seed where none are given. Pipelines are most of the time, so that these few run in one family each. */
const [FEW, SEED] = [20, 20261130];

const { values: flags } = parseArgs({
  args: Deno.args,
  options: { cases: { type: "string" }, seed: { type: "string" }, op: { type: "string" } },
});
const cases = Number(flags.cases ?? FEW);
const inBoth = flags.cases !== undefined;
const seed = Number(flags.seed ?? (inBoth ? Math.floor(Math.random() * 2 ** 31) : SEED));

for (const [name, property] of Object.entries(PROPERTIES)) {
  if (flags.op !== undefined && flags.op !== name) continue;
  Deno.test(`${name} as its reference, ${cases} cases of seed ${seed}`, () => hold(name, property));
}

/** @throws {Error} with the simplest case found that fails, and how to draw it again. */
async function hold(name: string, property: Property): Promise<void> {
  const found = await fc.check(fc.asyncProperty(property, (each) => compare(name, each, inBoth)), {
    seed: seed ^ seedOf(name),
    numRuns: cases,
  });
  if (!found.failed) return;
  const [{ drawn }] = found.counterexample!;
  const cause = found.errorInstance;
  throw new Error(
    `${name} of ${drawn}, the simplest of ${found.numShrinks + 1} cases that fail: ` +
      `${cause instanceof Error ? cause.message : cause}; again by deno task test:random --op "${name}" ` +
      `--seed ${seed} --cases ${cases}`,
    { cause },
  );
}

// Every op, for shapes, strides, groups and values that are drawn: its result and its gradients are those of its float64
// reference in both families. Here few cases of a fixed seed, as compiling takes most of the time; `deno task test:random`
// draws more:
//
//   deno task test:random                    300 cases an op, by another seed each time
//   deno task test:random --op conv2d --seed 5 --cases 50

import fc from "fast-check";
import { parseArgs } from "node:util";
import { seedOf } from "../random.ts";
import { compare, type Property } from "./case.ts";
import { PROPERTIES } from "./properties.ts";

/** Cases and seed where none are given. */
const [FEW, SEED] = [20, 20261130];

const { values: flags } = parseArgs({
  args: Deno.args,
  options: { cases: { type: "string" }, seed: { type: "string" }, op: { type: "string" } },
});
const cases = Number(flags.cases ?? FEW);
const seed = Number(flags.seed ?? (flags.cases ? Math.floor(Math.random() * 2 ** 31) : SEED));

for (const [name, property] of Object.entries(PROPERTIES)) {
  if (flags.op !== undefined && flags.op !== name) continue;
  Deno.test(`${name} as its reference, ${cases} cases of seed ${seed}`, () => hold(name, property));
}

/** @throws {Error} with the simplest case found that fails, and how to draw it again. */
async function hold(name: string, property: Property): Promise<void> {
  const found = await fc.check(fc.asyncProperty(property, (each) => compare(name, each)), {
    seed: seed ^ seedOf(name),
    numRuns: cases,
  });
  if (!found.failed) return;
  const cause = found.errorInstance;
  const simplest = found.counterexample![0].drawn;
  throw new Error(
    `${name} of ${simplest}, the simplest of ${found.numShrinks + 1} that fail: ` +
      `${
        cause instanceof Error ? cause.message : cause
      }; again by deno task test:random --op "${name}" --seed ${seed} --cases ${cases}`,
    { cause },
  );
}

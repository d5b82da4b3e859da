// A case of a property: a graph with its inputs, and how it is held against its reference.

import fc from "fast-check";
import { interpret } from "../../../engine/graph/interpret.ts";
import { input, nameOf, parameter } from "../../../engine/graph/source.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import { assertClose } from "../close.ts";
import { comparisonOf, type Way } from "../compare.ts";
import { type CheckOptions, type Example, type Numbers, valuesOf } from "../examples.ts";
import { deviceOf, evaluateAll, FAMILIES, WITHOUT_SUBGROUPS } from "../families.ts";

/** A graph under test, as those of `checkOp`. */
export interface Case {
  build: (...inputs: Tensor[]) => Tensor;
  examples: readonly Example[];
  options?: CheckOptions;
  /** Values of each gradient that are compared with central differences; default 2. */
  places?: number;
  /** The op has kernels that take subgroups: it is run without them as well. */
  subgroups?: boolean;
  /** The graph is an update: so many of the first examples are parameters, which it writes one after the other. */
  stored?: number;
}

/** A case, the text of what was drawn for it, and whether software adapters run it between textures. */
export interface Drawn extends Case {
  drawn: string;
  textured: boolean;
}

/** What one op has to hold, for whatever is drawn. */
export type Property = fc.Arbitrary<Drawn>;

/** The property of the cases that are made of what is drawn. */
export function property<T>(draw: fc.Arbitrary<T>, make: (drawn: T) => Case): Property {
  return fc.tuple(draw, fc.boolean()).map(([drawn, textured]) => ({
    drawn: JSON.stringify(drawn),
    textured,
    ...make(drawn),
  }));
}

/** Compares a case with its reference in both families. */
export async function compare(name: string, each: Drawn): Promise<void> {
  const { build, examples, options = {}, places = 2, stored, subgroups, textured } = each;
  const title = `${name} of ${each.drawn}`;
  if (stored !== undefined) return await compareUpdate(title, each, stored);
  const ways: Way[] = ["tile", textured ? "lane in textures" : "lane"];
  if (subgroups) ways.push(WITHOUT_SUBGROUPS);
  const { runs, check } = await comparisonOf(title, build, examples, options, { ways, places });
  check(await evaluateAll(runs));
}

/** In both families: the parameters after the update are the value of its node, one after the other. */
async function compareUpdate(
  title: string,
  { build, examples, options }: Case,
  stored: number,
): Promise<void> {
  const sources = examples.map(({ shape, dtype }, i) =>
    i < stored ? parameter(`parameter ${i}`, shape) : input(`input ${i}`, shape, dtype)
  );
  const feeds = new Map<Tensor, Numbers>(
    sources.map((tensor, i) => [tensor, valuesOf(examples[i], `${title} ${i}`)]),
  );
  const [parameters, inputs] = [sources.slice(0, stored), sources.slice(stored)];
  const update = build(...sources);
  const [expected] = interpret([update], feeds);
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    using store = new Parameters(device, parameters, "parameters");
    for (const tensor of parameters) store.write(tensor, feeds.get(tensor) as Float32Array);
    using plan = await Plan.make(device, { updates: [update], parameters: [store] });
    plan.run(Object.fromEntries(inputs.map((tensor) => [nameOf(tensor), feeds.get(tensor)!])));
    const after = await store.read();
    assertClose(
      `${family} after ${title}`,
      parameters.flatMap((tensor) => [...after.get(tensor)!]),
      expected,
      options,
    );
  }
}
